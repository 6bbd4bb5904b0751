"""What a whole role is granted on everything: allow, deny and boundary together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from auditor.analyses.iam import catalogue
from auditor.analyses.iam.conditions import Context, context_of, holds
from auditor.analyses.iam.decide import substituted_loosely
from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.patterns import contains, overlaps

State = Literal["certain", "conditional"]


class Owned(NamedTuple):
    """A statement and the policy that holds it."""

    policy: str
    statement: Statement


class Grant(NamedTuple):
    """How an action is granted, and by which statement."""

    state: State
    by: Owned


class Role(NamedTuple):
    """A role's parsed policies."""

    account: str
    region: str
    partition: str
    owned: tuple[Owned, ...]
    bounds: tuple[Owned, ...] | None
    invalid: tuple[str, ...]
    context: Context


def parsed(
    account: str, region: str, policies: Sequence[Mapping[str, Any]], boundary: Any = None
) -> Role:
    """Parse a role's policies (``name``, ``document``); malformed ones are named, not used."""
    owned: list[Owned] = []
    invalid: list[str] = []
    for policy in policies:
        try:
            owned += [Owned(str(policy["name"]), s) for s in parse(policy["document"])]
        except Invalid:
            invalid.append(str(policy["name"]))
    bounds: tuple[Owned, ...] | None = None
    if boundary is not None:
        try:
            bounds = tuple(Owned("boundary", s) for s in parse(boundary))
        except Invalid:
            invalid.append("boundary")
            bounds = ()
    partition = next((p for prefix, p in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
                      if region.startswith(prefix)), "aws")  # fmt: skip
    return Role(account, region, partition, tuple(owned), bounds, tuple(invalid),
                context_of({"aws:principalaccount": account}))  # fmt: skip


def speaks_of(statement: Statement, action: str) -> bool:
    """Say whether a statement's actions hold an action."""
    return (action.lower() in catalogue.meant(statement.actions)) != statement.not_action


def on_everything(role: Role, statement: Statement, action: str) -> bool:
    """Say whether a statement reaches every resource that an action can name."""
    shapes = catalogue.shapes(action, role.account, role.region, role.partition)
    patterns = [substituted_loosely(r) if statement.variables and r == "*" else r
                for r in statement.resources]  # fmt: skip
    if not shapes:
        return ("*" in patterns) != statement.not_resource
    if statement.not_resource:
        return not any(contains(p, s) for p in patterns for s in shapes)
    return any(contains(p, s) for p in patterns for s in shapes)


def on_anything(role: Role, statement: Statement, action: str) -> bool:
    """Say whether a statement reaches some resource that an action can name."""
    shapes = catalogue.shapes(action, role.account, role.region, role.partition) or ("*",)
    if statement.not_resource:
        return True
    return any(overlaps(p, s) for p in statement.resources for s in shapes)


def granted(role: Role, action: str, *, everywhere: bool = True) -> Grant | None:
    """Return how a role holds an action, on everything or on some resource."""
    best = _allowed(role, role.owned, action, everywhere)
    if best is None:
        return None
    state = best.state
    if role.bounds is not None:
        bound = _allowed(role, role.bounds, action, everywhere)
        if bound is None:
            return None
        if bound.state == "conditional":
            state = "conditional"
    for owned in (*role.owned, *(role.bounds or ())):
        s = owned.statement
        if s.effect == "Deny" and speaks_of(s, action) and on_everything(role, s, action):
            held = holds(s, role.context)
            if held:
                return None
            if held is None:
                state = "conditional"
    return Grant(state, best.by)


def _allowed(role: Role, owned: Sequence[Owned], action: str, everywhere: bool) -> Grant | None:
    found: Grant | None = None
    reaches = on_everything if everywhere else on_anything
    for one in owned:
        s = one.statement
        if s.effect != "Allow" or not speaks_of(s, action) or not reaches(role, s, action):
            continue
        held = holds(s, role.context)
        if held:
            return Grant("certain", one)
        if held is None:
            found = found or Grant("conditional", one)
    return found


def may_hold(role: Role) -> Callable[[str], bool]:
    """Return a quick test: False for actions that no Allow statement speaks of."""
    allows = [one.statement for one in role.owned if one.statement.effect == "Allow"]
    if any(s.not_action or {"*", "*:*"} & set(s.actions) for s in allows):
        return lambda _: True
    names = frozenset(name for s in allows for name in catalogue.meant(s.actions))
    return lambda action: action.lower() in names


def named_services(role: Role) -> list[str]:
    """Return the services that a role's Allow statements may speak of."""
    found: set[str] = set()
    for one in role.owned:
        s = one.statement
        if s.effect == "Allow":
            if s.not_action or {"*", "*:*"} & set(s.actions):
                return sorted(catalogue.services())
            found |= {a.partition(":")[0].lower() for a in s.actions}
    return sorted(found & catalogue.services())
