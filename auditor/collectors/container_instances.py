"""Container instances with attributes, resources, attachments and health."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.collectors.references import version_number
from auditor.collectors.tags import TAGS, tag_rows
from auditor.schema import Column, Item, Row, Scope, Table, dig, items

C = Column


def attribute(name: str) -> Any:
    """Return a column source: the value of a named attribute."""
    return lambda item: next(
        (a.get("value") for a in items(item.get("attributes")) if a.get("name") == name), None
    )


INSTANCES = Table(
    "container_instances",
    "One row per container instance: EC2, External and Managed Instances.",
    (
        C("container_instance_arn", "VARCHAR", "ARN.", "containerInstanceArn"),
        C("cluster_arn", "VARCHAR", "Cluster."),
        C(
            "ec2_instance_id",
            "VARCHAR",
            "EC2 instance, or mi-… of an External one.",
            "ec2InstanceId",
        ),
        C("capacity_provider", "VARCHAR", "Capacity provider.", "capacityProviderName"),
        C("status", "VARCHAR", "ACTIVE, DRAINING, REGISTERING …", "status"),
        C("status_reason", "VARCHAR", "Why.", "statusReason"),
        C("agent_connected", "BOOLEAN", "The agent is connected.", "agentConnected"),
        C("agent_version", "VARCHAR", "Agent version.", "versionInfo.agentVersion"),
        C(
            "agent_version_number",
            "BIGINT",
            "Agent version as major*1e6 + minor*1e3 + patch.",
            lambda i: version_number(dig(i, "versionInfo.agentVersion")),
        ),
        C("agent_update_status", "VARCHAR", "State of an agent update.", "agentUpdateStatus"),
        C("docker_version", "VARCHAR", "Docker version as written.", "versionInfo.dockerVersion"),
        C(
            "docker_version_number",
            "BIGINT",
            "Docker version as a number.",
            lambda i: version_number(dig(i, "versionInfo.dockerVersion")),
        ),
        C("running_tasks_count", "BIGINT", "Running tasks.", "runningTasksCount"),
        C("pending_tasks_count", "BIGINT", "Pending tasks.", "pendingTasksCount"),
        C("registered_at", "TIMESTAMP", "Time of registration.", "registeredAt"),
        C("health_status", "VARCHAR", "Overall health.", "healthStatus.overallStatus"),
        C("instance_type", "VARCHAR", "EC2 instance type.", attribute("ecs.instance-type")),
        C("availability_zone", "VARCHAR", "Zone.", attribute("ecs.availability-zone")),
        C("subnet_id", "VARCHAR", "Subnet.", attribute("ecs.subnet-id")),
        C("image_id", "VARCHAR", "AMI.", attribute("ecs.ami-id")),
        C("os_type", "VARCHAR", "linux or windows.", attribute("ecs.os-type")),
        C("os_family", "VARCHAR", "Operating system family.", attribute("ecs.os-family")),
        C("cpu_architecture", "VARCHAR", "x86_64 or arm64.", attribute("ecs.cpu-architecture")),
        C("trunk_id", "VARCHAR", "Trunk network interface.", attribute("ecs.awsvpc-trunk-id")),
        C(
            "is_external",
            "BOOLEAN",
            "ECS Anywhere.",
            lambda i: any(
                a.get("name") == "ecs.capability.external" for a in items(i.get("attributes"))
            ),
        ),
    ),
)
OWNER = (
    C("container_instance_arn", "VARCHAR", "Container instance."),
    C("cluster_arn", "VARCHAR", "Cluster."),
)
ATTRIBUTES = Table(
    "container_instance_attributes",
    "One row per attribute of a container instance.",
    (
        *OWNER,
        C("name", "VARCHAR", "Attribute.", "name"),
        C("attribute_value", "VARCHAR", "Value.", "value"),
    ),
)
RESOURCES = Table(
    "container_instance_resources",
    "One row per resource of a container instance, registered and remaining.",
    (
        *OWNER,
        C("name", "VARCHAR", "CPU, MEMORY, PORTS, PORTS_UDP or GPU."),
        C("registered", "BIGINT", "Amount, or number of ports, at registration."),
        C("remaining", "BIGINT", "Amount left, or number of ports reserved."),
    ),
)
PORTS = Table(
    "container_instance_ports",
    "One row per host port that is reserved, by the agent or by tasks with a fixed host port.",
    (*OWNER, C("protocol", "VARCHAR", "tcp or udp."), C("port", "BIGINT", "Port.")),
)
ATTACHMENTS = Table(
    "container_instance_attachments",
    "One row per attachment of a container instance.",
    (*OWNER, C("type", "VARCHAR", "Kind.", "type"), C("status", "VARCHAR", "State.", "status")),
)
HEALTH = Table(
    "container_instance_health",
    "One row per health check of a container instance.",
    (
        *OWNER,
        C("type", "VARCHAR", "CONTAINER_RUNTIME, AGENT_CONNECTIVITY …", "type"),
        C("status", "VARCHAR", "OK, IMPAIRED …", "status"),
        C("updated_at", "TIMESTAMP", "Last update.", "lastUpdated"),
        C("changed_at", "TIMESTAMP", "Last change.", "lastStatusChange"),
    ),
)
LIST = Call("ecs", "ListContainerInstances", "containerInstanceArns", ("maxResults", 100),
            parents={"cluster": "clusterArn"})  # fmt: skip
DESCRIBE = Call(
    "ecs",
    "DescribeContainerInstances",
    "containerInstances",
    batch=("containerInstances", 100),
    key="containerInstanceArn",
    parents={"cluster": "clusterArn"},
    fixed={"include": ["TAGS", "CONTAINER_INSTANCE_HEALTH"]},
)


def rows(scope: Scope, cluster: str, masker: Any, instance: Item) -> Iterator[tuple[Table, Row]]:
    """Explode one container instance."""
    arn = instance["containerInstanceArn"]
    owner = {"container_instance_arn": arn, "cluster_arn": cluster}
    yield INSTANCES, INSTANCES.row(scope, instance, cluster_arn=cluster)
    for table, field in (
        (ATTRIBUTES, "attributes"),
        (ATTACHMENTS, "attachments"),
    ):
        for item in items(instance.get(field)):
            yield table, table.row(scope, item, **owner)
    for item in items(dig(instance, "healthStatus.details")):
        yield HEALTH, HEALTH.row(scope, item, **owner)
    left = {r.get("name"): r for r in items(instance.get("remainingResources"))}
    for item in items(instance.get("registeredResources")):
        name = item.get("name")
        yield (
            RESOURCES,
            RESOURCES.row(
                scope,
                {},
                **owner,
                name=name,
                registered=_amount(item),
                remaining=_amount(left.get(name)),
            ),
        )
    for name, protocol in (("PORTS", "tcp"), ("PORTS_UDP", "udp")):
        for port in left.get(name, {}).get("stringSetValue") or ():
            yield PORTS, PORTS.row(scope, {}, **owner, protocol=protocol, port=int(port))
    yield from tag_rows(scope, arn, "container-instance", instance.get("tags"), masker)


def _amount(resource: Item | None) -> int | None:
    if not resource:
        return None
    ports = resource.get("stringSetValue")
    if resource.get("type") == "STRINGSET" or ports:
        return len(ports or ())
    return resource.get("integerValue")


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List and describe the container instances of each cluster."""
    for cluster in sorted(reader.column("clusters", "cluster_arn")):
        # Without a status filter the API lists ACTIVE, DRAINING and registering instances.
        arns = {str(arn) for arn in reader.listing(LIST, cluster=cluster)}
        found = reader.describe(DESCRIBE, arns, cluster=cluster)
        yield from reader.map(DESCRIBE, found, partial(rows, reader.scope, cluster, reader.masker))


COLLECTOR = Collector(
    (INSTANCES, ATTRIBUTES, RESOURCES, PORTS, ATTACHMENTS, HEALTH, TAGS),
    (LIST, DESCRIBE),
    collect,
    needs=("clusters",),
)
