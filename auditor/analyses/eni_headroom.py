"""ENI headroom: task interfaces a host or subnet holds, and how many it can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.analyses.base import Analysis, Queryable, records
from auditor.schema import Column, Row, Scope, Table

C = Column
HEADROOM = Table(
    "eni_headroom",
    "One row per container instance on EC2 (but Managed Instances size themselves) and per subnet.",
    (
        C("kind", "VARCHAR", "container-instance or subnet."),
        C("resource", "VARCHAR", "ARN."),
        C("cluster_arn", "VARCHAR", "Cluster of a host."),
        C("ec2_instance_id", "VARCHAR", "EC2 instance of a host."),
        C("label", "VARCHAR", "Short name for people."),
        C("instance_type", "VARCHAR", "Type of a host."),
        C("trunk", "BOOLEAN", "A trunk interface is attached."),
        C("used", "BIGINT", "Task interfaces, or addresses in use."),
        C("usable", "BIGINT", "Task interfaces that fit, or usable addresses; NULL = not known."),
        C("used_pct", "DOUBLE", "used / usable x 100."),
    ),
    reads=(
        "container_instances", "tasks", "task_attachments", "ec2_instances",
        "ec2_instance_network_interfaces", "ec2_instance_types", "capacity_providers", "subnets",
    ),
)  # fmt: skip
HOSTS = """
with task_interfaces as (
    select t.account_id, t.region, t.container_instance_arn,
        coalesce(t.network_interface_id, t.task_arn) as interface_id
    from task_attachments as t
    join tasks as k
        on t.account_id = k.account_id and t.region = k.region and t.task_arn = k.task_arn
    where t.type = 'ElasticNetworkInterface'
        and coalesce(t.status, 'ATTACHED') not in ('DETACHED', 'DELETED', 'FAILED')
        and coalesce(k.last_status, 'RUNNING') not in ('STOPPED', 'DELETED')
),

used as (
    select account_id, region, container_instance_arn, count(distinct interface_id) as used
    from task_interfaces
    group by account_id, region, container_instance_arn
),

-- Interfaces that neither ECS nor the host itself needs: one of them is the primary.
others as (
    select h.account_id, h.region, h.container_instance_arn,
        greatest(count(distinct i.network_interface_id) - 1, 0) as others
    from container_instances as h
    join ec2_instance_network_interfaces as i
        on h.account_id = i.account_id and h.region = i.region
        and h.ec2_instance_id = i.ec2_instance_id
    left join task_interfaces as t
        on h.account_id = t.account_id and h.region = t.region
        and i.network_interface_id = t.interface_id
    where t.interface_id is null and i.network_interface_id is distinct from h.trunk_id
    group by h.account_id, h.region, h.container_instance_arn
)

select
    h.account_id, h.region, h.container_instance_arn, h.cluster_arn, h.ec2_instance_id,
    coalesce(e.instance_type, h.instance_type) as instance_type,
    h.trunk_id is not null as trunk,
    coalesce(used.used, 0) as used,
    case
        -- The guide's page on awsvpc says so, its table of limits does not.
        when coalesce(e.instance_type, h.instance_type) = 'p5.48xlarge' then 1
        -- greatest() leaves NULL out, and an unknown limit is not 0.
        when h.trunk_id is null and y.maximum_network_interfaces is not null
            then greatest(y.maximum_network_interfaces - 1 - coalesce(others.others, 0), 0)
        when h.trunk_id is not null and l.tasks_with_trunk is not null
            then greatest(
                greatest(l.tasks_with_trunk, coalesce(l.tasks_without_trunk, 0))
                - coalesce(others.others, 0), 0
            )
    end as usable
from container_instances as h
left join ec2_instances as e
    on h.account_id = e.account_id and h.region = e.region
    and h.ec2_instance_id = e.ec2_instance_id
left join ec2_instance_types as y
    on h.account_id = y.account_id and h.region = y.region
    and coalesce(e.instance_type, h.instance_type) = y.instance_type
left join eni_trunk_limits as l on coalesce(e.instance_type, h.instance_type) = l.instance_type
left join capacity_providers as c
    on h.account_id = c.account_id and h.region = c.region and h.capacity_provider = c.name
left join used
    on h.account_id = used.account_id and h.region = used.region
    and h.container_instance_arn = used.container_instance_arn
left join others
    on h.account_id = others.account_id and h.region = others.region
    and h.container_instance_arn = others.container_instance_arn
where not h.is_external and c.infrastructure_role_arn is null
"""
SUBNETS = """
select account_id, region, subnet_arn, subnet_id,
    address_count - available_ip_address_count as used, address_count as usable
from subnets
where address_count is not null and available_ip_address_count is not null
"""


def compute(snapshot: Queryable) -> Iterator[tuple[Table, Row]]:
    """Yield hosts, then subnets."""
    for row in records(snapshot, HOSTS):
        yield _row(row, "container-instance", row["container_instance_arn"], row["usable"],
                   row["ec2_instance_id"], **_picked(row))  # fmt: skip
    for row in records(snapshot, SUBNETS):
        yield _row(row, "subnet", row["subnet_arn"], row["usable"], row["subnet_id"])


def _picked(row: dict[str, Any]) -> dict[str, Any]:
    return {k: row[k] for k in ("cluster_arn", "ec2_instance_id", "instance_type", "trunk")}


def _row(
    row: dict[str, Any], kind: str, resource: str, usable: int | None, label: str, **given: Any
) -> tuple[Table, Row]:
    scope = Scope(row["account_id"], row["region"])
    pct = 100.0 * row["used"] / usable if usable else None
    return HEADROOM, HEADROOM.row(
        scope, {}, kind=kind, resource=resource, label=label, used=row["used"], usable=usable,
        used_pct=pct, **given,
    )  # fmt: skip


ANALYSIS = Analysis((HEADROOM,), compute)
