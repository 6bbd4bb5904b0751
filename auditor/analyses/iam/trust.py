"""Who may assume a role: public, foreign, unexpected services, and the confused deputy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.grants import State

EXPECTED = {"task": "ecs-tasks", "execution": "ecs-tasks", "instance": "ec2"}
PINNING = frozenset(
    "aws:principalorgid aws:principalorgpaths aws:principalaccount aws:sourceaccount "
    "aws:sourcearn aws:sourceorgid aws:sourceorgpaths aws:principalarn".split()
)
SOURCE = frozenset("aws:sourceaccount aws:sourcearn aws:sourceorgid aws:sourceorgpaths".split())
# An external id is no secret, every caller uses TLS, and an audience is public.
NARROWS_NOBODY = ("sts:externalid", "aws:securetransport", ":aud")
Found = tuple[str, State, str, str]


def risks(role: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the trust classes that hold, with the statement; a malformed document has none."""
    document = role.get("trust")
    if document is None:
        return
    try:
        statements = parse(document, resource_policy=True)
    except Invalid:
        return
    for statement in statements:
        if statement.effect == "Allow":
            for name, state, what in _statement(statement, role):
                yield name, state, f"trust statement {statement.name} {what}", statement.name


def keys_of(statement: Statement) -> frozenset[str]:
    """Return the condition keys of a statement in lower case."""
    return frozenset(k.lower() for block in statement.conditions.values() for k in block)


def pinned(statement: Statement) -> bool:
    """Say whether a condition fixes who comes: account, organisation or source, by value."""
    return any(
        key.lower() in PINNING and all(v.strip("*?") for v in values)
        for operator, block in statement.conditions.items()
        if _fixes(operator)
        for key, values in block.items()
    )


def _fixes(operator: str) -> bool:
    prefix, _, base = operator.lower().rpartition(":")
    return (
        prefix != "forallvalues"
        and base.startswith(("string", "arn"))
        and not ("not" in base or base.endswith("ifexists"))
    )


def _statement(statement: Statement, role: Mapping[str, Any]) -> Iterator[tuple[str, State, str]]:
    narrow = any(not key.endswith(NARROWS_NOBODY) for key in keys_of(statement))
    state: State = "conditional" if narrow else "certain"
    principals = statement.principals or {}
    if statement.not_principal:
        yield "TRUST_PUBLIC", state, "trusts everyone but some"
        return
    for value in principals.get("AWS", ()):
        if value == "*":
            if not pinned(statement):
                yield "TRUST_PUBLIC", state, "trusts everyone"
        elif _account(value) not in ("", role.get("account")):
            foreign: State = "conditional" if keys_of(statement) else "certain"
            yield "TRUST_CROSS_ACCOUNT", foreign, f"trusts account {_account(value)}"
    yield from _services(statement, str(role.get("kind")), state)
    for value in principals.get("Federated", ()):
        if "oidc-provider" in value and not _names_subject(statement):
            yield "TRUST_PUBLIC", state, f"trusts every subject of {value}"


def _services(statement: Statement, kind: str, state: State) -> Iterator[tuple[str, State, str]]:
    for value in (statement.principals or {}).get("Service", ()):
        short = value.split(".", 1)[0]
        if value == "*":
            yield "TRUST_PUBLIC", state, "trusts every service"
        elif short != EXPECTED.get(kind, ""):
            yield "TRUST_OTHER_SERVICE", "certain", f"trusts {value}"
        elif short == "ecs-tasks" and not keys_of(statement) & SOURCE:
            yield "TRUST_NO_SOURCE", "certain", "names no source account or ARN"


def _names_subject(statement: Statement) -> bool:
    return any(
        key.lower().endswith(":sub") and all(v.strip("*?") for v in values)
        for block in statement.conditions.values()
        for key, values in block.items()
    )


def _account(principal: str) -> str:
    if principal.isdigit():
        return principal
    fields = principal.split(":")
    return fields[4] if len(fields) > 5 and fields[0] == "arn" else ""
