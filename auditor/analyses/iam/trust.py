"""Who may assume a role: public, foreign, unexpected services, and the confused deputy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.grants import State

EXPECTED = {"task": "ecs-tasks", "execution": "ecs-tasks", "instance": "ec2"}
PINNING = frozenset(
    "aws:principalorgid aws:principalorgpaths aws:principalaccount aws:sourceaccount "
    "aws:sourcearn aws:sourceorgid aws:sourceorgpaths aws:principalarn sts:externalid".split()
)
SOURCE = frozenset("aws:sourceaccount aws:sourcearn aws:sourceorgid aws:sourceorgpaths".split())


def risks(role: Mapping[str, Any]) -> Iterator[tuple[str, State, str]]:
    """Yield the trust classes that hold."""
    document = role.get("trust")
    if document is None:
        return
    try:
        statements = parse(document, resource_policy=True)
    except Invalid:
        return
    for statement in statements:
        if statement.effect == "Allow":
            yield from _statement(statement, role)


def keys_of(statement: Statement) -> frozenset[str]:
    """Return the condition keys of a statement in lower case."""
    return frozenset(k.lower() for block in statement.conditions.values() for k in block)


def _statement(statement: Statement, role: Mapping[str, Any]) -> Iterator[tuple[str, State, str]]:
    where = f"trust statement {statement.name}"
    keys = keys_of(statement)
    pinned: State = "conditional" if keys else "certain"
    principals = statement.principals or {}
    for value in principals.get("AWS", ()):
        if value == "*":
            if not keys & PINNING:
                yield "TRUST_PUBLIC", pinned, f"{where} trusts everyone"
        elif _account(value) not in ("", role.get("account")):
            yield "TRUST_CROSS_ACCOUNT", pinned, f"{where} trusts account {_account(value)}"
    if statement.not_principal:
        yield "TRUST_PUBLIC", pinned, f"{where} trusts everyone but some"
    wanted = EXPECTED.get(str(role.get("kind")), "")
    for value in principals.get("Service", ()):
        short = value.split(".", 1)[0]
        if value == "*":
            yield "TRUST_PUBLIC", pinned, f"{where} trusts every service"
        elif short != wanted:
            yield "TRUST_OTHER_SERVICE", "certain", f"{where} trusts {value}"
        elif short == "ecs-tasks" and not keys & SOURCE:
            yield "TRUST_NO_SOURCE", "certain", f"{where} names no source account or ARN"
    for value in principals.get("Federated", ()):
        if "oidc-provider" in value and not any(k.endswith(":sub") for k in keys):
            yield "TRUST_PUBLIC", pinned, f"{where} trusts every subject of {value}"


def _account(principal: str) -> str:
    if principal.isdigit():
        return principal
    fields = principal.split(":")
    return fields[4] if len(fields) > 5 and fields[0] == "arn" else ""
