"""Can the roles of a task definition do exactly what it names?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from auditor.analyses.base import Analysis, Queryable, records
from auditor.analyses.iam.checking import Holder, Own, Request, Verdict, check
from auditor.analyses.iam.conditions import context_of
from auditor.analyses.iam.grants import Role
from auditor.analyses.role_documents import evaluated_role, fault_of, roles_of
from auditor.analyses.role_needs import Need, needs_of
from auditor.analyses.role_tables import CHECKS
from auditor.schema import Row, Scope, Table

DEFINITIONS = """
select d.account_id, d.region, d.task_definition_arn, d.execution_role_arn, d.in_use,
    d.requires_fargate or d.requires_external or d.requires_managed_instances as elsewhere,
    count(a.name) as attributes,
    coalesce(bool_or(a.name = 'ecs.capability.execution-role-ecr-pull'), false) as pulls,
    coalesce(bool_or(a.name = 'ecs.capability.execution-role-awslogs'), false) as logs
from task_definitions as d
left join task_definition_attributes as a
    on d.account_id = a.account_id and d.region = a.region
    and d.task_definition_arn = a.task_definition_arn
group by all
"""
HOST_ROLES = """
select distinct t.account_id, t.region, t.task_definition_arn, p.role_arn
from tasks as t
join container_instances as h
    on t.account_id = h.account_id and t.region = h.region
    and t.container_instance_arn = h.container_instance_arn
join ec2_instances as e
    on h.account_id = e.account_id and h.region = e.region
    and h.ec2_instance_id = e.ec2_instance_id
join instance_profiles as p
    on e.account_id = p.account_id and e.iam_instance_profile_arn = p.instance_profile_arn
union
select distinct s.account_id, s.region, s.task_definition_arn, p.role_arn
from services as s
join container_instances as h
    on s.account_id = h.account_id and s.region = h.region and s.cluster_arn = h.cluster_arn
join ec2_instances as e
    on h.account_id = e.account_id and h.region = e.region
    and h.ec2_instance_id = e.ec2_instance_id
join instance_profiles as p
    on e.account_id = p.account_id and e.iam_instance_profile_arn = p.instance_profile_arn
where s.launch_type = 'EC2'
"""
# A resource that is listed but whose policy is not there: the question was refused.
LISTED = """
select secret_arn as arn from secrets
union select repository_arn as arn from ecr_repositories
union select bucket_arn as arn from s3_buckets
union select key_arn as arn from kms_keys where key_manager = 'CUSTOMER'
"""


class Judge(NamedTuple):
    """One role ready to be asked."""

    arn: str
    name: str
    role: Role
    fault: str | None


class Ground(NamedTuple):
    """What the checks of one snapshot rest on."""

    definitions: dict[tuple[str, ...], dict[str, Any]]
    hosts: dict[tuple[str, ...], list[str]]
    judges: dict[str, Judge]
    policies: dict[str, str | None]
    listed: frozenset[str]


def compute(snapshot: Queryable) -> Iterator[tuple[Table, Row]]:
    """Yield a row for each need of each revision in scope and each role that has to meet it."""
    ground = _ground(snapshot)
    answers: dict[tuple[Any, ...], Verdict] = {}
    for row, need in needs_of(snapshot):
        key = (row["account_id"], row["region"], row["task_definition_arn"])
        for kind, arn in _who(ground, key, need):
            judge = ground.judges.get(arn or "")
            if arn and judge is None:
                continue
            asked = (key[0], arn, need)
            if asked not in answers:
                answers[asked] = _verdict(judge, need, key[0], ground)
            verdict = answers[asked]
            yield CHECKS, CHECKS.row(
                Scope(*key[:2]), {}, task_definition_arn=key[2], part=row["part"],
                purpose=need.purpose, role_kind=kind, role_arn=arn,
                role_name=judge.name if judge else None, action=need.action,
                needed_resource=need.resource, verdict=verdict.word, reason=verdict.reason,
                fix=verdict.fix, snippet=verdict.snippet,
            )  # fmt: skip


def _ground(snapshot: Queryable) -> Ground:
    def keyed(sql: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
        for row in records(snapshot, sql):
            yield (row["account_id"], row["region"], row["task_definition_arn"]), row

    hosts: dict[tuple[str, ...], list[str]] = {}
    for key, row in keyed(HOST_ROLES):
        hosts.setdefault(key, []).append(row["role_arn"])
    judges = {arn: Judge(arn, r["role_name"], evaluated_role(r), fault_of(r))
              for arn, r in roles_of(snapshot).items()}  # fmt: skip
    policies = records(snapshot, "select resource_arn, document from resource_policies")
    return Ground(
        dict(keyed(DEFINITIONS)), hosts, judges,
        {p["resource_arn"]: p["document"] for p in policies},
        frozenset(r["arn"] for r in records(snapshot, LISTED) if r["arn"]),
    )  # fmt: skip


def _who(ground: Ground, key: tuple[str, ...], need: Need) -> list[tuple[str, str | None]]:
    """Return the roles that have to meet a need: on EC2 the definition's attributes say which."""
    definition = ground.definitions[key]
    execution = definition["execution_role_arn"]
    by_attribute = {"image": definition["pulls"], "log": definition["logs"]}
    by_execution = (
        need.writer == "secrets"
        or by_attribute[need.writer]
        or definition["elsewhere"]
        or not definition["attributes"]
    )
    if by_execution:
        return [("execution", execution)] if execution else []
    if not definition["in_use"]:
        return []
    return [("instance", arn) for arn in sorted(ground.hosts.get(key, []))] or [("instance", None)]


def _verdict(judge: Judge | None, need: Need, account: str, ground: Ground) -> Verdict:
    if judge is None:
        return Verdict("unknown", f"{need.action} is the instance role's to hold, and no host that "
                       "runs this was seen")  # fmt: skip
    request = Request(need.action, need.resource, need.account != account,
                      context_of(_context(judge.arn, need, account)))  # fmt: skip
    who, own = Holder(judge.arn, judge.name), _own(need, ground)
    found = check(judge.role, who, request, own, judge.fault)
    if need.alias and found.snippet:  # a grant is missing, nothing denies it
        other = check(judge.role, who, request._replace(resource=need.alias), own, judge.fault)
        found = found if other.word == "denied" else other
    if need.unsure and found.word != "allowed":
        return found._replace(word="unknown", reason=f"{found.reason}; {need.unsure}")
    return found


def _own(need: Need, ground: Ground) -> Own:
    arn = need.policy_of
    if arn is None:
        return Own(False, False, None)
    read = arn in ground.policies or arn not in ground.listed
    if need.action.startswith(("s3:", "kms:")):
        # Buckets and keys are asked for one by one: without a row nothing is known.
        read = arn in ground.policies
    return Own(True, read, ground.policies.get(arn))


def _context(arn: str, need: Need, account: str) -> Mapping[str, str]:
    found = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": account,
             "aws:ResourceAccount": need.account, "aws:RequestedRegion": need.region,
             "aws:PrincipalType": "AssumedRole"}  # fmt: skip
    if need.via:
        found |= {"kms:ViaService": need.via, "kms:CallerAccount": account}
    return found


ANALYSIS = Analysis((CHECKS,), compute, 2)
