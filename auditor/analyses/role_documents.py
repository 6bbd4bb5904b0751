"""Roles as the evaluator takes them, read from the snapshot."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from auditor.analyses.base import Queryable, records
from auditor.analyses.iam.documents import Invalid, parsed
from auditor.analyses.iam.grants import Role, role_of

DEFINITIONS = """
select account_id, region, family, in_use, task_role_arn, execution_role_arn from task_definitions
"""
HOSTS = """
select i.account_id, i.region, p.role_arn from ec2_instances as i
join instance_profiles as p
    on i.account_id = p.account_id and i.iam_instance_profile_arn = p.instance_profile_arn
where not i.is_managed
"""
OVERRIDES = """
select account_id, region, override_task_role_arn, override_execution_role_arn from tasks
where override_task_role_arn is not null or override_execution_role_arn is not null
"""
UseKey = tuple[str, str, str]  # account, role, kind


class Use(msgspec.Struct):
    """Who names a role as what, and where."""

    in_use: bool = False
    families: set[str] = msgspec.field(default_factory=set)
    regions: set[str] = msgspec.field(default_factory=set)


def roles_of(snapshot: Queryable) -> dict[str, dict[str, Any]]:
    """Return the account's roles by ARN, each with its ``policies``."""
    roles = {
        r["role_arn"]: {**r, "policies": []} for r in records(snapshot, "select * from iam_roles")
    }
    for arn, policies in policies_of(snapshot).items():
        if arn in roles:
            roles[arn]["policies"] = policies
    return roles


def policies_of(snapshot: Queryable) -> dict[str, list[dict[str, Any]]]:
    """Return each role's policies: name, kind and document (None where it was not collected).

    What the account wrote stands before what AWS publishes, so that evidence names the former.
    """
    listed = records(snapshot, "select policy_arn, document, is_aws_managed from iam_policies")
    managed = {p["policy_arn"]: p for p in listed}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in records(snapshot, "select * from iam_role_policies order by all"):
        policy = managed.get(row["policy_arn"], {})
        document = row["document"] if row["kind"] == "inline" else policy.get("document")
        found[row["role_arn"]].append(
            {"name": row["policy_name"], "kind": row["kind"], "document": document,
             "by_aws": bool(policy.get("is_aws_managed"))}
        )  # fmt: skip
    return {arn: sorted(policies, key=lambda p: p["by_aws"]) for arn, policies in found.items()}


def described(role: dict[str, Any], kind: str, region: str = "") -> dict[str, Any]:
    """Return a role as ``judge_role`` takes it; policies without a document are left out."""
    found = {"kind": kind, "account": role["account_id"], "region": region,
             "policies": _identity(role)}  # fmt: skip
    if role["trust_document"]:
        found["trust"] = role["trust_document"]
    boundary = boundary_of(role)
    return found if boundary is None else {**found, "boundary": boundary}


def evaluated_role(role: dict[str, Any], region: str = "") -> Role:
    """Return a role for questions about what it holds."""
    partition = role["role_arn"].split(":")[1]
    return role_of(role["account_id"], region, _identity(role), boundary_of(role), partition)


def _identity(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [p for p in role["policies"] if p["kind"] != "boundary" and p["document"]]


def boundary_of(role: dict[str, Any]) -> str | None:
    """Return the boundary's document; one that was not collected is text that cannot be read."""
    bounds = [p["document"] or "" for p in role["policies"] if p["kind"] == "boundary"]
    return bounds[0] if bounds else None


def fault_of(role: dict[str, Any]) -> str | None:
    """Say why a role cannot be judged wholly, None where it can."""
    for policy in role["policies"]:
        what = "the boundary" if policy["kind"] == "boundary" else "policy"
        if policy["document"] is None:
            return f"{what} {policy['name']} was not collected"
        fault = malformed(policy["document"])
        if fault:
            return f"{what} {policy['name']} is malformed: {fault}"
    fault = malformed(role["trust_document"], trust=True) if role["trust_document"] else None
    return f"the trust policy is malformed: {fault}" if fault else None


def malformed(document: str, *, trust: bool = False) -> str | None:
    """Say what is wrong with a document, None where IAM would take it."""
    try:
        parsed(document, resource_policy=trust)
    except Invalid as error:
        return str(error)
    return None


def uses_of(snapshot: Queryable) -> dict[UseKey, Use]:
    """Return every role that a definition, a task or a host names, by account, ARN and kind."""
    found: dict[UseKey, Use] = defaultdict(Use)

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
    return dict(sorted(found.items()))
