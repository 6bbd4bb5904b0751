"""Who uses which role as what: definitions, overrides, and host roles over the metadata service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.analyses.base import Analysis, Queryable, records
from auditor.analyses.role_documents import fault_of, roles_of, uses_of
from auditor.analyses.role_tables import USAGE, WORKLOADS
from auditor.schema import Row, Scope, Table

DEFINITIONS = """
select d.account_id, d.region, d.task_definition_arn, d.family, d.task_role_arn,
    d.execution_role_arn, s.service_arn, s.service_name, s.cluster_arn
from task_definitions as d
left join services as s
    on d.account_id = s.account_id and d.region = s.region
    and d.task_definition_arn = s.task_definition_arn
where d.in_use
"""
OVERRIDES = """
select t.account_id, t.region, t.task_definition_arn, d.family, t.cluster_arn, t.service_name,
    s.service_arn, t.override_task_role_arn as task_role_arn,
    t.override_execution_role_arn as execution_role_arn
from tasks as t
left join task_definitions as d
    on t.account_id = d.account_id and t.region = d.region
    and t.task_definition_arn = d.task_definition_arn
left join services as s
    on t.account_id = s.account_id and t.region = s.region and t.cluster_arn = s.cluster_arn
    and t.service_name = s.service_name
where t.override_task_role_arn is not null or t.override_execution_role_arn is not null
"""
# A host's tokens travel one hop: to host-mode tasks always, to bridge-mode ones where IMDSv1
# is on or two hops are allowed, to awsvpc ones unless the agent blocks it.
METADATA = """
select t.account_id, t.region, t.task_definition_arn, d.family, t.cluster_arn, t.service_name,
    s.service_arn, t.container_instance_arn, p.role_arn as instance_role_arn,
    case
        when e.http_endpoint = 'disabled' then false
        when d.network_mode = 'none' then false
        when d.network_mode = 'host' then true
        when d.network_mode = 'awsvpc' then a.name is null
        when d.task_definition_arn is null then null
        else coalesce(e.http_tokens, 'optional') = 'optional'
            or coalesce(e.http_put_response_hop_limit, 1) >= 2
    end as reachable
from tasks as t
join container_instances as h
    on t.account_id = h.account_id and t.region = h.region
    and t.container_instance_arn = h.container_instance_arn
join ec2_instances as e
    on h.account_id = e.account_id and h.region = e.region
    and h.ec2_instance_id = e.ec2_instance_id
join instance_profiles as p
    on e.account_id = p.account_id and e.iam_instance_profile_arn = p.instance_profile_arn
left join task_definitions as d
    on t.account_id = d.account_id and t.region = d.region
    and t.task_definition_arn = d.task_definition_arn
left join container_instance_attributes as a
    on h.account_id = a.account_id and h.region = a.region
    and h.container_instance_arn = a.container_instance_arn
    and a.name = 'ecs.capability.task-eni-block-instance-metadata'
left join services as s
    on t.account_id = s.account_id and t.region = s.region and t.cluster_arn = s.cluster_arn
    and t.service_name = s.service_name
where not e.is_managed
"""


def compute(snapshot: Queryable) -> Iterator[tuple[Table, Row]]:
    """Yield what runs under each role, then one row per role and use."""
    roles = roles_of(snapshot)
    services: dict[tuple[str, str, str], set[str]] = {}
    for (account, arn, kind), row in _workloads(snapshot):
        if row["service_arn"]:
            services.setdefault((account, arn, kind), set()).add(row["service_arn"])
        given = {name: row.get(name) for name in WORKLOADS.names if name in row}
        yield WORKLOADS, WORKLOADS.row(Scope(account, row["region"]), {}, **{
            **given, "role_arn": arn, "kind": kind})  # fmt: skip
    for (account, arn, kind), use in uses_of(snapshot).items():
        yield USAGE, USAGE.row(
            Scope(account, "global"), {}, role_arn=arn, kind=kind, in_use=use.in_use,
            families=len(use.families), services=len(services.get((account, arn, kind), ())),
            is_known=arn in roles, fault=fault_of(roles[arn]) if arn in roles else None,
        )  # fmt: skip


def _workloads(snapshot: Queryable) -> Iterator[tuple[tuple[str, str, str], dict[str, Any]]]:
    seen = set()
    for via, kinds, sql in (
        ("definition", ("task", "execution"), DEFINITIONS),
        ("override", ("task", "execution"), OVERRIDES),
        ("metadata", ("instance",), METADATA),
    ):
        for row in records(snapshot, sql):
            for kind in kinds:
                arn = row[f"{kind}_role_arn"]
                if arn and (arn, kind, via, *row.values()) not in seen:
                    seen.add((arn, kind, via, *row.values()))
                    yield (row["account_id"], arn, kind), {**row, "via": via}


ANALYSIS = Analysis((USAGE, WORKLOADS), compute, 1)
