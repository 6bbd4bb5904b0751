"""Capacity providers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Row, Table, dig

C = Column
ASG = "autoScalingGroupProvider"
MI = "managedInstancesProvider"
TYPES = ((ASG, "EC2_AUTOSCALING"), (MI, "MANAGED_INSTANCES"))  # where none is stated
PROVIDERS = Table(
    "capacity_providers",
    "One row per capacity provider.",
    (
        C("capacity_provider_arn", "VARCHAR", "ARN.", "capacityProviderArn"),
        C("name", "VARCHAR", "Name.", "name"),
        C(
            "type",
            "VARCHAR",
            "EC2_AUTOSCALING, MANAGED_INSTANCES, FARGATE or FARGATE_SPOT.",
            lambda i: i.get("type") or next((t for member, t in TYPES if i.get(member)), None),
        ),
        C("status", "VARCHAR", "ACTIVE, PROVISIONING …", "status"),
        C("update_status", "VARCHAR", "CREATE_COMPLETE, UPDATE_FAILED …", "updateStatus"),
        C("update_status_reason", "VARCHAR", "Why.", "updateStatusReason"),
        C("cluster_arn", "VARCHAR", "Cluster of a Managed Instances provider.", "cluster"),
        C("auto_scaling_group_arn", "VARCHAR", "Auto scaling group.", f"{ASG}.autoScalingGroupArn"),
        C("managed_scaling", "VARCHAR", "ENABLED or DISABLED.", f"{ASG}.managedScaling.status"),
        C(
            "target_capacity",
            "BIGINT",
            "Target in percent.",
            f"{ASG}.managedScaling.targetCapacity",
        ),
        C(
            "managed_termination_protection",
            "VARCHAR",
            "ENABLED or DISABLED.",
            f"{ASG}.managedTerminationProtection",
        ),
        C(
            "managed_draining",
            "VARCHAR",
            "ENABLED or DISABLED; NULL = not stated, as of providers older than it.",
            f"{ASG}.managedDraining",
        ),
        C(
            "infrastructure_role_arn",
            "VARCHAR",
            "Role of Managed Instances.",
            f"{MI}.infrastructureRoleArn",
        ),
        C(
            "ec2_instance_profile_arn",
            "VARCHAR",
            "Profile of Managed Instances.",
            f"{MI}.instanceLaunchTemplate.ec2InstanceProfileArn",
        ),
        C(
            "capacity_option_type",
            "VARCHAR",
            "ON_DEMAND, SPOT or RESERVED, of Managed Instances.",
            f"{MI}.instanceLaunchTemplate.capacityOptionType",
        ),
        C(
            "fips_enabled",
            "BOOLEAN",
            "Managed Instances use validated cryptography.",
            f"{MI}.instanceLaunchTemplate.fipsEnabled",
        ),
        C(
            "auto_repair",
            "VARCHAR",
            "ENABLED or DISABLED: impaired Managed Instances are replaced.",
            f"{MI}.autoRepairConfiguration.actionsStatus",
        ),
        C(
            "managed_instances_monitoring",
            "VARCHAR",
            "BASIC or DETAILED.",
            f"{MI}.instanceLaunchTemplate.monitoring",
        ),
        C(
            "managed_instances_propagate_tags",
            "VARCHAR",
            "CAPACITY_PROVIDER or NONE.",
            f"{MI}.propagateTags",
        ),
    ),
)
NETWORK = Table(
    "capacity_provider_network",
    "One row per subnet and per security group in which a provider starts Managed Instances.",
    (
        C("capacity_provider_arn", "VARCHAR", "Capacity provider."),
        C("kind", "VARCHAR", "subnet or security-group."),
        C("id", "VARCHAR", "Subnet or security group id."),
    ),
)
DESCRIBE = Call(
    "ecs",
    "DescribeCapacityProviders",
    "capacityProviders",
    ("maxResults", 10),
    key="name",
    fixed={"include": ["TAGS"]},
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Read the capacity providers of the region; deleted ones are listed on as INACTIVE."""

    def rows(provider: Mapping[str, Any]) -> Iterator[tuple[Table, Row]]:
        if provider.get("status") == "INACTIVE":
            return
        yield PROVIDERS, PROVIDERS.row(reader.scope, provider)
        arn = provider.get("capacityProviderArn")
        network = dig(provider, f"{MI}.instanceLaunchTemplate.networkConfiguration") or {}
        for kind, member in (("subnet", "subnets"), ("security-group", "securityGroups")):
            for name in network.get(member) or ():
                given = {"capacity_provider_arn": arn, "kind": kind, "id": name}
                yield NETWORK, NETWORK.row(reader.scope, {}, **given)

    yield from reader.map(
        DESCRIBE,
        reader.listing(DESCRIBE),
        rows,
        lambda p: p.get("capacityProviderArn"),
    )


COLLECTOR = Collector((PROVIDERS, NETWORK), (DESCRIBE,), collect)
