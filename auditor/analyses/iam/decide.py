"""Decide one request: explicit deny, then allow, within the boundary; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from auditor.analyses.iam import catalogue
from auditor.analyses.iam.conditions import Context, context_of, filled, holds
from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.patterns import matches

Answer = Literal["allow", "deny", "unknown", "invalid"]


def decide(
    policies: Sequence[Any],
    action: str,
    resource: str,
    boundary: Any = None,
    context: Mapping[str, Any] | None = None,
) -> Answer:
    """Say whether a role's policies allow an action on a resource.

    ``policies`` are documents as mapping, JSON text or percent-encoded text. ``context`` adds
    known condition keys; a key that is not in it stays unknown, except ``aws:username`` (known
    absent for roles). Raises ValueError for wrong types; a malformed document is ``invalid``.
    """
    if isinstance(policies, str | Mapping) or not isinstance(policies, Sequence):
        raise ValueError("policies is a list of documents")
    if not isinstance(action, str) or not isinstance(resource, str):
        raise ValueError("action and resource are text")
    if context is not None and not isinstance(context, Mapping):
        raise ValueError("context is a mapping")
    known = context_of(context)
    try:
        statements = [s for document in policies for s in parse(document)]
        bounds = parse(boundary) if boundary is not None else None
    except Invalid:
        return "invalid"
    if catalogue.is_shapeless(action):
        resource = "*"
    answer = evaluated(statements, action, resource, known)
    if bounds is not None:
        answer = _within(answer, evaluated(bounds, action, resource, known))
    return answer


def _within(one: Answer, other: Answer) -> Answer:
    if "deny" in (one, other):
        return "deny"
    return "unknown" if "unknown" in (one, other) else "allow"


def evaluated(
    statements: Iterable[Statement], action: str, resource: str, context: Context
) -> Answer:
    """Evaluate parsed statements of one policy set."""
    allowed: bool | None = False
    denied: bool | None = False
    for statement in statements:
        applies = applied(statement, action, resource, context)
        if applies is False:
            continue
        if statement.effect == "Deny":
            if applies:
                return "deny"
            denied = None
        elif allowed is not True:
            allowed = applies
    if allowed is False:
        return "deny"
    return "allow" if allowed and denied is False else "unknown"


def applied(statement: Statement, action: str, resource: str, context: Context) -> bool | None:
    """Say whether a statement speaks of a request."""
    named = any(matches(_spelled(p), action, fold=True) for p in statement.actions)
    if named == statement.not_action:
        return False
    aimed = _aimed(statement, resource, context)
    if aimed is False:
        return False
    held = holds(statement, context)
    if held is False:
        return False
    return None if aimed is None or held is None else True


def _spelled(pattern: str) -> str:
    return "*" if pattern == "*:*" else pattern


def _aimed(statement: Statement, resource: str, context: Context) -> bool | None:
    unknown = False
    for pattern in statement.resources:
        found = filled(pattern, context, statement.variables)
        if found.has_value and matches(found.text, resource):
            if found.is_sure:
                return not statement.not_resource
            unknown = True
        # AWS: a variable without a value may make the whole statement invalid.
        unknown = unknown or (statement.not_resource and not found.has_value)
    return None if unknown else statement.not_resource
