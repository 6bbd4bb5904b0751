"""Machines outside AWS that Systems Manager manages: the roles of ECS Anywhere hosts."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Scope, Table

C = Column
MANAGED = Table(
    "ssm_managed_instances",
    "One row per External container instance that Systems Manager knows.",
    (
        C("managed_instance_id", "VARCHAR", "Id, mi-….", "InstanceId"),
        C("role_name", "VARCHAR", "Role of its activation, without path.",
          lambda item: str(item["IamRole"]).rsplit("/", 1)[-1] if item.get("IamRole") else None),
        C("ping_status", "VARCHAR", "Online, ConnectionLost or Inactive.", "PingStatus"),
        C("last_ping_at", "TIMESTAMP", "Last sign of its agent.", "LastPingDateTime"),
        C("platform_name", "VARCHAR", "Operating system.", "PlatformName"),
    ),
)  # fmt: skip
LIST = Call(
    "ssm",
    "DescribeInstanceInformation",
    "InstanceInformationList",
    ("MaxResults", 50),
    ("NextToken", "NextToken"),
    key="InstanceId",
    fixed={"Filters": [{"Key": "ResourceType", "Values": ["ManagedInstance"]}]},
)


def row(scope: Scope, instance: Item) -> Row:
    """Map one machine."""
    return MANAGED.row(scope, instance)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List the machines, where External instances are registered; others are nobody's business."""
    hosts = {r["ec2_instance_id"] for r in reader.rows("container_instances") if r["is_external"]}
    if hosts:
        listed = (i for i in reader.listing(LIST) if i.get("InstanceId") in hosts)
        yield from reader.map(LIST, listed, lambda i: [(MANAGED, row(reader.scope, i))])


COLLECTOR = Collector((MANAGED,), (LIST,), collect, needs=("container_instances",))
