"""Roles judged: their statements, their risk classes, and who uses them as what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from auditor.analyses.base import Analysis, Queryable, records
from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.risks import Risk, risks
from auditor.schema import Column, Row, Scope, Table, segment

C = Column
READS = ("iam_roles", "iam_role_policies", "iam_policies")
USES = (*READS, "task_definitions", "ec2_instances", "instance_profiles", "tasks")
STATEMENTS = Table(
    "iam_statements",
    "One row per statement of a role's policies and trust; one not valid row a bad document.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("part", "VARCHAR", "Path inside the role: policy/NAME/statement/… or trust/statement/…."),
        C("policy_name", "VARCHAR", "Policy; trust for the trust policy."),
        C("sid", "VARCHAR", "Statement id."),
        C("effect", "VARCHAR", "Allow or Deny."),
        C("valid", "BOOLEAN", "IAM would take the document."),
        C("not_action", "BOOLEAN", "NotAction is used."),
        C("not_resource", "BOOLEAN", "NotResource is used."),
        C("actions", "VARCHAR", "Actions, blank separated."),
        C("resources", "VARCHAR", "Resources, blank separated."),
        C("principals", "VARCHAR", "Principals of a trust statement, TYPE:VALUE."),
        C("condition_keys", "VARCHAR", "Condition keys in lower case, blank separated."),
    ),
    "content",
    "role_arn",
    READS,
)
USAGE = Table(
    "iam_role_uses",
    "One row per role and use: task, execution or instance.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("kind", "VARCHAR", "task, execution or instance."),
        C("in_use", "BOOLEAN", "Something that runs uses it so."),
        C("families", "BIGINT", "Task definition families that name it."),
        C("is_known", "BOOLEAN", "The account has such a role."),
    ),
    reads=USES,
)
RISKS = Table(
    "iam_risks",
    "One row per role, use and risk class that holds.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("role_name", "VARCHAR", "Role name."),
        C("kind", "VARCHAR", "What it is judged as: task, execution or instance."),
        C("in_use", "BOOLEAN", "Something that runs uses it so."),
        C("risk", "VARCHAR", "Risk class, such as ADMIN or PRIV_ESC."),
        C("state", "VARCHAR", "certain or conditional."),
        C("evidence", "VARCHAR", "The statement that gives it, in words."),
    ),
    reads=USES,
)
DEFINITIONS = """
select account_id, region, family, in_use, task_role_arn, execution_role_arn from task_definitions
"""
HOSTS = """
select i.account_id, i.region, p.role_arn from ec2_instances as i
join instance_profiles as p
    on i.account_id = p.account_id and i.iam_instance_profile_arn = p.instance_profile_arn
"""
OVERRIDES = """
select account_id, region, override_task_role_arn, override_execution_role_arn from tasks
where override_task_role_arn is not null or override_execution_role_arn is not null
"""


def compute(snapshot: Queryable) -> Iterator[tuple[Table, Row]]:
    """Yield statements of every role; uses and risks of those that ECS uses."""
    roles = {r["role_arn"]: r for r in records(snapshot, "select * from iam_roles")}
    documents = policies_of(snapshot)
    for arn, role in roles.items():
        yield from _statements(role, documents.get(arn, []))
    uses = _uses(snapshot)
    for (account, arn, kind), use in sorted(uses.items(), key=lambda item: item[0]):
        scope = Scope(account, "global")
        known = arn in roles
        yield USAGE, USAGE.row(scope, {}, role_arn=arn, kind=kind, in_use=use.in_use,
                               families=len(use.families), is_known=known)  # fmt: skip
        if known:
            judged = described(roles[arn], documents.get(arn, []), kind)
            for risk in _worst(judged, use.regions):
                yield RISKS, RISKS.row(
                    scope, {}, role_arn=arn, role_name=roles[arn]["role_name"], kind=kind,
                    in_use=use.in_use, risk=risk.name, state=risk.state, evidence=risk.evidence,
                )  # fmt: skip


def _worst(role: dict[str, Any], regions: set[str]) -> list[Risk]:
    """Judge a role in each region that uses it: all of one region is all of what is there."""
    found: dict[str, Risk] = {}
    for region in sorted(regions):
        for risk in risks({**role, "region": region}):
            if risk.name not in found or risk.state == "certain":
                found.setdefault(risk.name, risk)
                if found[risk.name].state == "conditional":
                    found[risk.name] = risk
    return [found[name] for name in sorted(found)]


def policies_of(snapshot: Queryable) -> dict[str, list[dict[str, Any]]]:
    """Return each role's policies: name, kind and document (None where it was not collected)."""
    listed = records(snapshot, "select policy_arn, document from iam_policies")
    managed = {p["policy_arn"]: p["document"] for p in listed}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(snapshot, "select * from iam_role_policies order by all"):
        document = row["document"] if row["kind"] == "inline" else managed.get(row["policy_arn"])
        found[row["role_arn"]].append(
            {"name": row["policy_name"], "kind": row["kind"], "document": document}
        )
    return found


def described(role: dict[str, Any], policies: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """Return a role as the evaluator takes it; policies without a document are left out."""
    bounds = [p["document"] for p in policies if p["kind"] == "boundary" and p["document"]]
    found = {
        "kind": kind, "account": role["account_id"], "region": "",
        "policies": [p for p in policies if p["kind"] != "boundary" and p["document"]],
    }  # fmt: skip
    if role["trust_document"]:
        found["trust"] = role["trust_document"]
    return {**found, "boundary": bounds[0]} if bounds else found


class Use(msgspec.Struct):
    """Who names a role as what, and where."""

    in_use: bool = False
    families: set[str] = msgspec.field(default_factory=set)
    regions: set[str] = msgspec.field(default_factory=set)


def _uses(snapshot: Queryable) -> dict[tuple[str, str, str], Use]:
    found: dict[tuple[str, str, str], Use] = defaultdict(Use)

    def add(row: dict[str, Any], column: str, kind: str, in_use: bool) -> None:
        if row[column]:
            use = found[row["account_id"], row[column], kind]
            use.in_use = use.in_use or in_use
            use.families |= {row["family"]} if row.get("family") else set()
            use.regions.add(row["region"])

    for row in records(snapshot, DEFINITIONS):
        for kind in ("task", "execution"):
            add(row, f"{kind}_role_arn", kind, bool(row["in_use"]))
    for row in records(snapshot, HOSTS):
        add(row, "role_arn", "instance", True)
    for row in records(snapshot, OVERRIDES):
        for kind in ("task", "execution"):
            add(row, f"override_{kind}_role_arn", kind, True)
    return found


def _statements(
    role: dict[str, Any], policies: list[dict[str, Any]]
) -> Iterator[tuple[Table, Row]]:
    trust = {"name": "trust", "document": role["trust_document"], "kind": "trust"}
    for policy in (*policies, trust):
        name = policy["name"]
        prefix = "trust" if policy["kind"] == "trust" else f"policy/{segment(name)}"
        scope = Scope(role["account_id"], "global")
        if policy["document"] is None:
            continue
        try:
            found = parse(policy["document"], resource_policy=policy["kind"] == "trust")
        except Invalid:
            yield STATEMENTS, STATEMENTS.row(scope, {}, role_arn=role["role_arn"], part=prefix,
                                             policy_name=name, valid=False)  # fmt: skip
            continue
        for s in found:
            yield STATEMENTS, _statement(scope, role["role_arn"], name, prefix, s)


def _statement(scope: Scope, arn: str, policy: str, prefix: str, s: Statement) -> Row:
    keys = sorted({key.lower() for block in s.conditions.values() for key in block})
    people = [f"{k}:{v}" for k, values in (s.principals or {}).items() for v in values]
    return STATEMENTS.row(
        scope, {}, role_arn=arn, part=f"{prefix}/statement/{segment(s.name)}", policy_name=policy,
        sid=s.sid, effect=s.effect, valid=True, not_action=s.not_action,
        not_resource=s.not_resource, actions=" ".join(s.actions), resources=" ".join(s.resources),
        principals=" ".join(people) or None, condition_keys=" ".join(keys) or None,
    )  # fmt: skip


ANALYSIS = Analysis((STATEMENTS, USAGE, RISKS), compute, 1)
