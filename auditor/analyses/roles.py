"""Roles judged: their statements, what they hold, their risk classes and what they may pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from auditor.analyses.base import Analysis, Queryable
from auditor.analyses.iam import catalogue, passing
from auditor.analyses.iam.classes import SENSITIVE
from auditor.analyses.iam.documents import Invalid, Statement, parsed
from auditor.analyses.iam.fixes import change
from auditor.analyses.iam.grants import Owned, Role
from auditor.analyses.iam.masks import Place
from auditor.analyses.iam.risks import Risk, administrator, risks, whole_services, worst
from auditor.analyses.role_documents import (
    Use,
    UseKey,
    described,
    evaluated_role,
    roles_of,
    uses_of,
)
from auditor.analyses.role_tables import EFFECTIVE, PASSES, RISKS, SERVICE_GRANTS, STATEMENTS
from auditor.schema import Row, Scope, Table, segment

Rows = Iterator[tuple[Table, Row]]
ACTION = EFFECTIVE.names.index("action")


def compute(snapshot: Queryable) -> Rows:
    """Yield statements of every role; grants, risks and passed roles of those that ECS uses."""
    roles = roles_of(snapshot)
    for role in roles.values():
        yield from _statements(role)
    uses = {key: use for key, use in uses_of(snapshot).items() if key[1] in roles}
    # Of no region: what a role holds elsewhere is held too.
    held = {arn: evaluated_role(role) for arn, role in roles.items()}
    for arn in sorted({arn for _, arn, _ in uses}):
        yield from _grants(roles[arn], held[arn])
    judged = {key: _judged(roles[key[1]], key[2], use.regions) for key, use in uses.items()}
    found = _passed(roles, held, uses, judged)
    for key, use in uses.items():
        yield from _risks(roles[key[1]], key, use, judged[key], found.get(key, []))


def _judged(role: dict[str, Any], kind: str, regions: set[str]) -> list[Risk]:
    """Judge a role in each region that uses it: all of one region is all of what is there."""
    return worst([r for region in sorted(regions) for r in risks(described(role, kind, region))])


def _risks(
    role: dict[str, Any], key: UseKey, use: Use, judged: list[Risk], passes: list[passing.Pass]
) -> Rows:
    scope = Scope(key[0], "global")
    given = {"role_arn": key[1], "role_name": role["role_name"], "kind": key[2],
             "in_use": use.in_use}  # fmt: skip
    for risk in worst([*judged, *(p.risk for p in passes if p.risk)]):
        yield RISKS, RISKS.row(
            scope, {}, **given, risk=risk.name, state=risk.state, evidence=risk.evidence,
            policy_name=risk.policy or None, statement=risk.statement or None,
            action=risk.action or None, condition_keys=" ".join(risk.keys) or None,
            **change(risk, Place(key[0], "", role["role_arn"].split(":")[1]))._asdict(),
        )  # fmt: skip
    for one in passes:
        yield PASSES, PASSES.row(
            scope, {}, **given, passed_role_arn=one.target, service=one.service, state=one.state,
            path=one.path, passed_risks=" ".join(one.passed_risks) or None,
            is_stronger=one.is_stronger,
        )  # fmt: skip


def _passed(
    roles: Mapping[str, dict[str, Any]], held: Mapping[str, Role], uses: Mapping[UseKey, Use],
    judged: Mapping[UseKey, list[Risk]],
) -> dict[UseKey, list[passing.Pass]]:  # fmt: skip
    """Resolve the roles that each used role may pass to something it can start."""
    targets = {arn: passing.Target(arn, role["trust_document"], held[arn])
               for arn, role in roles.items()}  # fmt: skip
    chains = passing.Chains(targets)
    return {
        key: chains.of(key[1]) for key in uses
        if not any(r.name == "ADMIN" and r.state == "certain" for r in judged[key])
    }  # fmt: skip


def _grants(role: dict[str, Any], held: Role) -> Rows:
    scope, arn = Scope(role["account_id"], "global"), role["role_arn"]
    admin = administrator(held)
    if admin and admin.state == "certain":
        yield SERVICE_GRANTS, SERVICE_GRANTS.row(scope, {}, role_arn=arn, service="*",
                                                 whole="certain", is_sensitive=True)  # fmt: skip
        return
    named = catalogue.index().named
    sure, wide = set(named(held.anywhere.sure)), set(named(held.everywhere.possible))
    counts: Counter[str] = Counter()
    for by, names in granting(held):
        counts.update(name.partition(":")[0] for name in names)
        yield from _actions(EFFECTIVE.row(
            scope, {}, role_arn=arn, policy_name=by.policy, statement=by.statement.name,
        ), names, sure, wide)  # fmt: skip
    everywhere = Counter(name.partition(":")[0] for name in wide)
    whole = {service: grant.state for service, grant in whole_services(held)}
    for service, some in sorted(counts.items()):
        yield SERVICE_GRANTS, SERVICE_GRANTS.row(
            scope, {}, role_arn=arn, service=service, actions=some,
            actions_everywhere=everywhere[service],
            actions_listed=len(catalogue.actions(service)), whole=whole.get(service),
            is_sensitive=service in SENSITIVE,
        )  # fmt: skip


def _actions(like: Row, names: Iterable[str], sure: Set[str], wide: Set[str]) -> Rows:
    """Yield the rows of one statement: they differ in action, grant and reach alone."""
    head, tail = like[:ACTION], like[ACTION + 3 :]
    for name in names:
        grant = "certain" if name in sure else "conditional"
        yield EFFECTIVE, (*head, name, grant, "everything" if name in wide else "some", *tail)


def granting(held: Role) -> Iterator[tuple[Owned, list[str]]]:
    """Yield the statements that grant something with the actions that no earlier one grants."""
    index, seen = catalogue.index(), set[str]()
    for one, masks in held.masked("some"):
        named = index.named(masks.maybe_allowed & held.anywhere.possible)
        names = [name for name in named if name not in seen]
        if names:
            seen.update(names)
            yield one, names


def _statements(role: dict[str, Any]) -> Rows:
    trust = {"name": "trust", "document": role["trust_document"], "kind": "trust"}
    scope, arn = Scope(role["account_id"], "global"), role["role_arn"]
    for policy in (*role["policies"], trust):
        if policy["document"] is None:
            continue
        name, is_trust = policy["name"], policy["kind"] == "trust"
        prefix = "trust" if is_trust else f"{_holder(policy['kind'])}/{segment(name)}"
        try:
            found = parsed(policy["document"], resource_policy=is_trust)
        except Invalid as error:
            yield STATEMENTS, STATEMENTS.row(scope, {}, role_arn=arn, part=prefix, valid=False,
                                             policy_name=name, fault=str(error))  # fmt: skip
            continue
        for s in found:
            yield STATEMENTS, _statement(scope, arn, name, prefix, s)


def _holder(kind: str) -> str:
    """Return the first step of a statement's part: a boundary grants nothing, it only limits."""
    return "boundary" if kind == "boundary" else "policy"


def _statement(scope: Scope, arn: str, policy: str, prefix: str, s: Statement) -> Row:
    keys = sorted({key.lower() for block in s.conditions.values() for key in block})
    people = [f"{k}:{v}" for k, values in (s.principals or {}).items() for v in values]
    retired = [] if prefix == "trust" else [a for a in s.actions if not catalogue.is_listed(a)]
    return STATEMENTS.row(
        scope, {}, role_arn=arn, part=f"{prefix}/statement/{segment(s.name)}", policy_name=policy,
        sid=s.sid, effect=s.effect, valid=True, not_action=s.not_action,
        unknown_actions=" ".join(retired) or None,
        not_resource=s.not_resource, actions=" ".join(s.actions), resources=" ".join(s.resources),
        principals=" ".join(people) or None, condition_keys=" ".join(keys) or None,
    )  # fmt: skip


ANALYSIS = Analysis((STATEMENTS, EFFECTIVE, SERVICE_GRANTS, RISKS, PASSES), compute, 1)
