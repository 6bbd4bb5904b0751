"""Can this execution role fetch exactly what this task definition names?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from auditor.analyses.base import Analysis, Queryable, records
from auditor.analyses.iam.conditions import context_of, holds
from auditor.analyses.iam.decide import applied, evaluated
from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.roles import described, policies_of
from auditor.schema import Column, Row, Scope, Table

C = Column
NOT_READ = "service control policies are not collected"
CHECKS = Table(
    "iam_checks",
    "One row per action that a revision needs of its execution role, and whether it is granted.",
    (
        C("task_definition_arn", "VARCHAR", "Revision."),
        C("part", "VARCHAR", "What needs it inside the revision."),
        C("purpose", "VARCHAR", "secret, parameter, registry, log, log-create or image."),
        C("role_arn", "VARCHAR", "Execution role."),
        C("role_name", "VARCHAR", "Its name."),
        C("action", "VARCHAR", "Action that is needed."),
        C("needed_resource", "VARCHAR", "Resource it is needed on."),
        C("verdict", "VARCHAR", "allowed, denied or unknown."),
        C("reason", "VARCHAR", "Why, in words."),
    ),
    reads=("iam_roles", "iam_role_policies", "iam_policies", "task_definitions", "containers",
           "container_secrets", "container_log_options", "resource_policies"),
)  # fmt: skip
NEEDS = """
select d.account_id, d.region, d.task_definition_arn, d.execution_role_arn, s.part,
    case s.place when 'registry-credentials' then 'registry'
        when 'environment' then s.reference_service else s.reference_service end as purpose,
    s.reference_resource, s.reference_account, s.reference_service,
    s.reference_by_arn
from task_definitions as d
join container_secrets as s
    on d.account_id = s.account_id and d.region = s.region
    and d.task_definition_arn = s.task_definition_arn
where d.execution_role_arn is not null
"""
LOGS = """
select d.account_id, d.region, d.task_definition_arn, d.execution_role_arn, c.part,
    c.container_name,
    max(case when o.name = 'awslogs-group' then o.value end) as log_group,
    max(case when o.name = 'awslogs-region' then o.value end) as log_region,
    max(case when o.name = 'awslogs-stream-prefix' then o.value end) as prefix,
    max(case when o.name = 'awslogs-create-group' then o.value end) as create_group
from task_definitions as d
join containers as c
    on d.account_id = c.account_id and d.region = c.region
    and d.task_definition_arn = c.task_definition_arn
join container_log_options as o
    on c.account_id = o.account_id and c.region = o.region
    and c.task_definition_arn = o.task_definition_arn and c.container_name = o.container_name
where d.execution_role_arn is not null and c.log_driver = 'awslogs'
group by d.account_id, d.region, d.task_definition_arn, d.execution_role_arn, c.part,
    c.container_name
"""
IMAGES = """
select d.account_id, d.region, d.task_definition_arn, d.execution_role_arn, c.part,
    c.image_ecr_account_id, c.image_ecr_region, c.image_repository
from task_definitions as d
join containers as c
    on d.account_id = c.account_id and d.region = c.region
    and d.task_definition_arn = c.task_definition_arn
where d.execution_role_arn is not null and c.image_ecr_account_id is not null
"""
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


class Need(NamedTuple):
    """An action that a role must hold; ``policy_of`` names a resource with its own policy."""

    purpose: str
    action: str
    resource: str
    account: str
    policy_of: str | None = None


class Judge(NamedTuple):
    """One role's parsed policies."""

    arn: str
    name: str
    statements: tuple[Statement, ...]
    bounds: tuple[Statement, ...] | None
    fault: str | None


def compute(snapshot: Queryable) -> Iterator[tuple[Table, Row]]:
    """Yield a row for each need of each revision in scope."""
    roles = {r["role_arn"]: r for r in records(snapshot, "select * from iam_roles")}
    documents = policies_of(snapshot)
    own = {r["resource_arn"]: r["document"] for r in records(
        snapshot, "select resource_arn, document from resource_policies")}  # fmt: skip
    judges: dict[str, Judge | None] = {}
    for row, need in _needs(snapshot):
        arn = row["execution_role_arn"]
        if arn not in judges:
            judges[arn] = _judge(roles.get(arn), documents.get(arn, []))
        judge = judges[arn]
        if judge is None:
            continue
        verdict, reason = check(judge, need, row["account_id"], own)
        scope = Scope(row["account_id"], row["region"])
        yield CHECKS, CHECKS.row(
            scope, {}, task_definition_arn=row["task_definition_arn"], part=row["part"],
            purpose=need.purpose, role_arn=arn, role_name=judge.name, action=need.action,
            needed_resource=need.resource, verdict=verdict, reason=reason,
        )  # fmt: skip


def _needs(snapshot: Queryable) -> Iterator[tuple[dict[str, Any], Need]]:
    for row in records(snapshot, NEEDS):
        yield row, _secret(row)
    for row in records(snapshot, LOGS):
        if row["log_group"]:
            yield from ((row, need) for need in _logs(row))
    for row in records(snapshot, IMAGES):
        partition = row["task_definition_arn"].split(":")[1]
        yield row, Need("image", "ecr:GetAuthorizationToken", "*", row["account_id"])
        where = f"{row['image_ecr_region']}:{row['image_ecr_account_id']}"
        resource = f"arn:{partition}:ecr:{where}:repository/{row['image_repository']}"
        for action in PULL:
            yield row, Need("image", action, resource, row["image_ecr_account_id"], resource)


def _secret(row: dict[str, Any]) -> Need:
    resource, registry = row["reference_resource"], row["purpose"] == "registry"
    if row["reference_service"] == "ssm" and not registry:
        return Need("parameter", "ssm:GetParameters", resource, row["reference_account"])
    action = "secretsmanager:GetSecretValue"
    purpose = "registry" if registry else "secret"
    if registry and not row["reference_by_arn"]:
        # A bare name of registry credentials is a secret of the same region.
        resource = resource.replace(":ssm:", ":secretsmanager:").replace(":parameter/", ":secret:")
    return Need(purpose, action, _whole(resource), row["reference_account"], resource)


def _whole(resource: str) -> str:
    """Return a secret's ARN with a stand-in for the random suffix that a partial ARN lacks."""
    tail = resource.rsplit("-", 1)[-1]
    return resource if len(tail) == 6 and tail.isalnum() else f"{resource}-XXXXXX"


def _logs(row: dict[str, Any]) -> Iterator[Need]:
    partition = row["task_definition_arn"].split(":")[1]
    region = row["log_region"] or row["region"]
    group = f"arn:{partition}:logs:{region}:{row['account_id']}:log-group:{row['log_group']}"
    prefix = f"{row['prefix']}/" if row["prefix"] else ""
    stream = f"{group}:log-stream:{prefix}{row['container_name']}/task"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield Need("log", action, stream, row["account_id"])
    if str(row["create_group"]).lower() == "true":
        yield Need("log-create", "logs:CreateLogGroup", group, row["account_id"])


def _judge(role: dict[str, Any] | None, policies: list[dict[str, Any]]) -> Judge | None:
    if role is None:
        return None
    missing = [p["name"] for p in policies if p["document"] is None]
    shaped = described(role, policies, "execution")
    try:
        statements = tuple(s for p in shaped["policies"] for s in parse(p["document"]))
        bounds = tuple(parse(shaped["boundary"])) if "boundary" in shaped else None
    except Invalid as error:
        return Judge(
            role["role_arn"], role["role_name"], (), None, f"a policy is malformed: {error}"
        )
    fault = f"policy {missing[0]} was not collected" if missing else None
    return Judge(role["role_arn"], role["role_name"], statements, bounds, fault)


def check(judge: Judge, need: Need, account: str, own: Mapping[str, str | None]) -> tuple[str, str]:
    """Return (allowed | denied | unknown, the reason in words)."""
    context = context_of({"aws:principalarn": judge.arn, "aws:principalaccount": account})
    answer = evaluated(judge.statements, need.action, need.resource, context)
    if judge.bounds is not None:
        bound = evaluated(judge.bounds, need.action, need.resource, context)
        answer = "deny" if "deny" in (answer, bound) else (
            "unknown" if "unknown" in (answer, bound) else "allow")  # fmt: skip
    if answer == "allow":
        if need.account != account:
            return "unknown", f"{need.action} is granted, but the other account must allow it too"
        return "allowed", f"{need.action} is granted ({NOT_READ})"
    if answer == "unknown":
        keys = _keys(judge.statements, need, context)
        return "unknown", f"{need.action} depends on {keys}"
    for s in judge.statements:
        if s.effect == "Deny" and applied(s, need.action, need.resource, context):
            return "denied", f"statement {s.name} denies {need.action} on {need.resource}"
    if judge.fault:
        return "unknown", judge.fault
    if need.account != account:
        return "unknown", f"{need.resource} belongs to another account"
    return _by_resource(judge, need, own, context)


def _keys(statements: tuple[Statement, ...], need: Need, context: Any) -> str:
    found = {
        key for s in statements for block in s.conditions.values() for key in block
        if applied(s, need.action, need.resource, context) is None
    }  # fmt: skip
    return ", ".join(sorted(found)) or "a policy variable"


def _by_resource(
    judge: Judge, need: Need, own: Mapping[str, str | None], context: Any
) -> tuple[str, str]:
    none = f"no statement grants {need.action} on {need.resource}"
    document = _policy(need, own)
    if need.policy_of is None or document is None:
        return "denied", none
    try:
        statements = parse(json.loads(document), resource_policy=True)
    except (Invalid, ValueError):
        return "unknown", f"{none}; the resource's own policy cannot be read"
    for s in statements:
        if s.effect == "Allow" and _names(s, judge.arn):
            held = holds(s, context)
            speaks = applied(s._replace(conditions={}), need.action, need.resource, context)
            if speaks and held is not False:
                verdict = "allowed" if held else "unknown"
                return verdict, f"the resource's own policy, statement {s.name}, may grant it"
    return "denied", f"{none}, and the resource's own policy does not either"


def _policy(need: Need, own: Mapping[str, str | None]) -> str | None:
    if need.policy_of is None or need.policy_of in own:
        return own.get(need.policy_of or "")
    return next((d for arn, d in own.items() if arn[:-7] == need.policy_of), None)


def _names(statement: Statement, role: str) -> bool:
    people = (statement.principals or {}).get("AWS", ())
    return any(p in ("*", role) for p in people) and not statement.not_principal


ANALYSIS = Analysis((CHECKS,), compute, 2)
