"""EC2 instances behind container instances, with metadata options and user data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from auditor.collectors.base import FILTERED, PAGE, TOKEN, Call, Collector
from auditor.collectors.networks import first_ipv6
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.collectors.values import VALUE_COLUMNS, value_columns
from auditor.schema import Column, Item, Row, Scope, Table, dig, items

C = Column
# User initiated (2026-11-10 08:00:00 GMT)
CHANGED = re.compile(r"\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT\)")


def _tag(name: str) -> Any:
    return lambda item: next(
        (t.get("Value") for t in items(item.get("Tags")) if t.get("Key") == name), None
    )


def _interfaces(item: Item) -> int:
    return len(item.get("NetworkInterfaces") or ())


def _changed(item: Item) -> str | None:
    found = CHANGED.search(str(item.get("StateTransitionReason") or ""))
    return f"{found[1]}T{found[2]}Z" if found else None


INSTANCES = Table(
    "ec2_instances",
    "One row per EC2 instance that is registered as a container instance.",
    (
        C("ec2_instance_arn", "VARCHAR", "ARN."),
        C("ec2_instance_id", "VARCHAR", "Id.", "InstanceId"),
        C("instance_type", "VARCHAR", "Type.", "InstanceType"),
        C("image_id", "VARCHAR", "AMI.", "ImageId"),
        C("state", "VARCHAR", "running, stopped …", "State.Name"),
        C(
            "state_reason",
            "VARCHAR",
            "Code of the last change of state, such as Client.UserInitiatedShutdown.",
            "StateReason.Code",
        ),
        C(
            "state_changed_at",
            "TIMESTAMP",
            "Time of the last change of state; NULL = AWS does not say it.",
            _changed,
        ),
        C("launched_at", "TIMESTAMP", "Time of the launch.", "LaunchTime"),
        C("vpc_id", "VARCHAR", "VPC.", "VpcId"),
        C("subnet_id", "VARCHAR", "Subnet.", "SubnetId"),
        C("availability_zone", "VARCHAR", "Zone.", "Placement.AvailabilityZone"),
        C("public_ip_address", "VARCHAR", "Public address.", "PublicIpAddress"),
        C(
            "ipv6_address",
            "VARCHAR",
            "First IPv6 address.",
            lambda i: (
                i.get("Ipv6Address")
                or next(filter(None, map(first_ipv6, items(i.get("NetworkInterfaces")))), None)
            ),
        ),
        C("key_name", "VARCHAR", "Key pair of its launch.", "KeyName"),
        C("iam_instance_profile_arn", "VARCHAR", "Instance profile.", "IamInstanceProfile.Arn"),
        C("http_tokens", "VARCHAR", "optional or required (IMDSv2).", "MetadataOptions.HttpTokens"),
        C(
            "http_put_response_hop_limit",
            "BIGINT",
            "Hops that IMDS answers may take.",
            "MetadataOptions.HttpPutResponseHopLimit",
        ),
        C("http_endpoint", "VARCHAR", "enabled or disabled.", "MetadataOptions.HttpEndpoint"),
        C("monitoring", "VARCHAR", "Detailed monitoring.", "Monitoring.State"),
        C("platform", "VARCHAR", "windows, or NULL.", "Platform"),
        C("network_interface_count", "BIGINT", "Attached interfaces.", _interfaces),
        C(
            "resource_name_dns_a_record",
            "BOOLEAN",
            "Resource-name DNS A records.",
            "PrivateDnsNameOptions.EnableResourceNameDnsARecord",
        ),
        C(
            "auto_scaling_group_name",
            "VARCHAR",
            "Auto scaling group by its tag.",
            _tag("aws:autoscaling:groupName"),
        ),
        C(
            "launch_template_id",
            "VARCHAR",
            "Launch template by its tag.",
            _tag("aws:ec2launchtemplate:id"),
        ),
        C(
            "launch_template_version",
            "VARCHAR",
            "Version by its tag.",
            _tag("aws:ec2launchtemplate:version"),
        ),
        C("lifecycle", "VARCHAR", "spot, or NULL.", "InstanceLifecycle"),
        C("has_user_data", "BOOLEAN", "User data is set; NULL = refused."),
        C(
            "user_data_blocks_metadata",
            "BOOLEAN",
            "User data drops 169.254.169.254 in the chain DOCKER-USER; NULL = refused.",
        ),
        C(
            "is_managed",
            "BOOLEAN",
            "AWS operates it for the account, as ECS Managed Instances.",
            lambda i: bool(dig(i, "Operator.Managed")),
        ),
    ),
)
GROUPS = Table(
    "ec2_instance_security_groups",
    "One row per security group of an instance.",
    (
        C("ec2_instance_id", "VARCHAR", "Instance."),
        C("security_group_id", "VARCHAR", "Security group.", "GroupId"),
    ),
)
INTERFACES = Table(
    "ec2_instance_network_interfaces",
    "One row per network interface that an instance says it has; branch interfaces are not listed.",
    (
        C("ec2_instance_id", "VARCHAR", "Instance."),
        C("network_interface_id", "VARCHAR", "Network interface.", "NetworkInterfaceId"),
    ),
)
HITS = Table(
    "ec2_user_data_hits",
    "One row per secret in the user data of an instance or launch template version; classified.",
    (
        C("resource_arn", "VARCHAR", "Instance or launch template."),
        C("position", "VARCHAR", "Version of the template, MIME part and line."),
        *VALUE_COLUMNS,
    ),
)
SETTINGS = Table(
    "ec2_user_data_settings",
    "One row per ECS agent setting (ECS_…=value) in user data; values are classified.",
    (
        C("resource_arn", "VARCHAR", "Instance or launch template."),
        C("name", "VARCHAR", "Setting, such as ECS_CLUSTER."),
        *VALUE_COLUMNS,
    ),
)
# An account may hide what AWS operates for it, as ECS Managed Instances (DescribeInstances).
DESCRIBE = Call(
    "ec2",
    "DescribeInstances",
    "Reservations.Instances",
    PAGE,
    TOKEN,
    batch=FILTERED,
    filter="instance-id",
    key="InstanceId",
    fixed={"IncludeManagedResources": True},
)
ATTRIBUTE = Call(
    "ec2",
    "DescribeInstanceAttribute",
    one="InstanceId",
    fixed={"Attribute": "userData"},
    missing=("InvalidInstanceID.NotFound",),
    fills=("ec2_user_data_hits", "ec2_user_data_settings"),
)


def rows(
    scope: Scope, instance: Item, user_data: Item | None, masker: Any
) -> Iterator[tuple[Table, Row]]:
    """Map one instance; ``user_data`` is the answer of its own call, None where refused."""
    name = instance["InstanceId"]
    arn = instance_arn(scope, name)
    raw = dig(user_data, "UserData.Value") if user_data is not None else None
    told = {"has_user_data": bool(raw), "user_data_blocks_metadata": masker.blocks_metadata(raw)}
    given = told if user_data is not None else {}
    yield INSTANCES, INSTANCES.row(scope, instance, ec2_instance_arn=arn, **given)
    for group in items(instance.get("SecurityGroups")):
        yield GROUPS, GROUPS.row(scope, group, ec2_instance_id=name)
    for interface in items(instance.get("NetworkInterfaces")):
        yield INTERFACES, INTERFACES.row(scope, interface, ec2_instance_id=name)
    yield from tag_rows(scope, arn, "instance", instance.get("Tags"), masker)


def instance_arn(scope: Scope, name: str) -> str:
    """Return the ARN form of an instance."""
    return f"arn:{scope.partition}:ec2:{scope.region}:{scope.account_id}:instance/{name}"


def user_data_rows(
    scope: Scope, arn: str, raw: object, masker: Any, where: str = ""
) -> Iterator[tuple[Table, Row]]:
    """Yield the secrets and the agent's settings in user data; ``where`` leads each position."""
    for place, found in masker.user_data(raw):
        position = ", ".join(filter(None, (where, place)))
        yield HITS, HITS.row(scope, {}, resource_arn=arn, position=position, **value_columns(found))
    for name, value in masker.agent_settings(raw):
        yield SETTINGS, SETTINGS.row(scope, {}, resource_arn=arn, name=name, **value_columns(value))


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe the instances that are container instances, and read their user data."""
    scope = reader.scope
    ids = {
        name
        for name in reader.column("container_instances", "ec2_instance_id")
        if name.startswith("i-")
    }
    found = list(reader.describe(DESCRIBE, ids))
    wanted = [
        (instance_arn(scope, i["InstanceId"]), {"InstanceId": i["InstanceId"]}) for i in found
    ]
    answers = dict(reader.get_each(ATTRIBUTE, wanted))
    yield from reader.map(
        DESCRIBE,
        found,
        lambda i: rows(scope, i, answers.get(instance_arn(scope, i["InstanceId"])), reader.masker),
        lambda i: instance_arn(scope, str(i.get("InstanceId"))),
    )
    for arn, answer in answers.items():
        yield from reader.map(ATTRIBUTE, [answer], partial(_user_data, scope, arn, reader.masker))


def _user_data(scope: Scope, arn: str, masker: Any, answer: Item) -> Iterator[tuple[Table, Row]]:
    raw = dig(answer, "UserData.Value")
    if raw:
        yield from user_data_rows(scope, arn, raw, masker)


COLLECTOR = Collector(
    (INSTANCES, GROUPS, INTERFACES, HITS, SETTINGS, TAGS),
    (DESCRIBE, ATTRIBUTE),
    collect,
    needs=("container_instances",),
)
