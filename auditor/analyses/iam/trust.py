"""Who may assume a role: public, foreign, unexpected services, and the confused deputy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from auditor.analyses.iam.conditions import ABSENT, KNOWN, holds
from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.grants import State
from auditor.analyses.iam.patterns import matches, overlaps

EXPECTED = {"task": "ecs-tasks", "execution": "ecs-tasks", "instance": "ec2"}
PINNING = frozenset(
    "aws:principalorgid aws:principalorgpaths aws:principalaccount aws:sourceaccount "
    "aws:sourcearn aws:sourceorgid aws:sourceorgpaths aws:principalarn".split()
)
SOURCE = frozenset("aws:sourceaccount aws:sourcearn aws:sourceorgid aws:sourceorgpaths".split())
OF_ACCOUNT = frozenset(("aws:principalaccount", "aws:principalarn"))
# An external id is no secret, every caller uses TLS, and an audience is public.
NARROWS_NOBODY = ("sts:externalid", "aws:securetransport", ":aud")
ASSUMING = {"Federated": ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")}
SUBJECT_KIND = re.compile(r"\A[A-Za-z_-]+:")
Found = tuple[str, State, str]
Assumable = Literal["yes", "no", "unknown"]


class Trust(NamedTuple):
    """A trust policy's statements by effect, with the role's kind and account."""

    allows: Sequence[Statement]
    denies: Sequence[Statement]
    kind: str
    account: str


def risks(role: Mapping[str, Any]) -> Iterator[tuple[str, State, str, str]]:
    """Yield the trust classes that hold, with the statement; a malformed document has none."""
    document = role.get("trust")
    if document is None:
        return
    try:
        statements = parse(document, resource_policy=True)
    except Invalid:
        return
    trust = Trust(*_by_effect(statements), role["kind"], role["account"])
    for statement in trust.allows:
        for kind, values in _principals(statement):
            for value in values if _lets(statement, kind) else ():
                against = _against(trust.denies, kind, value)
                for name, state, what in _judged(statement, kind, value, trust):
                    if against != "certain":
                        yield (name, against or state, f"trust statement {statement.name} {what}",
                               statement.name)  # fmt: skip


def _by_effect(statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
    return ([s for s in statements if s.effect == "Allow"],
            [s for s in statements if s.effect == "Deny"])  # fmt: skip


def _principals(statement: Statement) -> Iterator[tuple[str, Sequence[str]]]:
    if statement.not_principal:
        yield "AWS", ("*",)
    else:
        yield from (statement.principals or {}).items()


def _lets(statement: Statement, kind: str) -> bool:
    """Say whether a statement speaks of the call with which such a principal takes a role."""
    calls = ASSUMING.get(kind, ("sts:AssumeRole",))
    named = (any(matches(p, call, fold=True) for p in statement.actions) for call in calls)
    return any(one != statement.not_action for one in named)


def _against(denies: Sequence[Statement], kind: str, value: str) -> State | None:
    """Say how a Deny takes a principal."""
    states = {holds(d, KNOWN) for d in denies if _lets(d, kind) and _names(d, kind, value)}
    return "certain" if True in states else "conditional" if None in states else None


def _names(statement: Statement, kind: str, value: str) -> bool:
    principals = statement.principals or {}
    named = "*" in principals.get("AWS", ()) or value in principals.get(kind, ())
    return named != statement.not_principal


def keys_of(statement: Statement) -> frozenset[str]:
    """Return the condition keys of a statement in lower case."""
    return frozenset(k.lower() for block in statement.conditions.values() for k in block)


def _judged(statement: Statement, kind: str, value: str, trust: Trust) -> Iterator[Found]:
    if holds(statement, KNOWN) is False:
        return
    keys = {key for key in keys_of(statement) if not key.endswith(NARROWS_NOBODY)}
    state: State = "conditional" if keys else "certain"
    if statement.not_principal:
        yield "TRUST_PUBLIC", state, "trusts everyone but some"
    elif kind == "AWS" and value == "*":
        yield from _everyone(statement, state, trust)
    elif kind == "AWS" and _account(value) not in ("", trust.account):
        under: State = "conditional" if keys_of(statement) else "certain"
        yield "TRUST_CROSS_ACCOUNT", under, f"trusts account {_account(value)}"
    elif kind == "Service":
        yield from _service(statement, value, "conditional" if keys - SOURCE else "certain", trust)
    elif kind == "Federated" and _is_anyone(statement, value):
        other: State = "conditional" if {k for k in keys if k.startswith("aws:")} else "certain"
        yield "TRUST_PUBLIC", other, f"trusts every subject of {value}"


def _everyone(statement: Statement, state: State, trust: Trust) -> Iterator[Found]:
    """A principal ``*`` is public, unless a condition of it or of a Deny says who comes."""
    by_denial = any(_fixes(d, PINNING, negated=True) for d in trust.denies
                    if _lets(d, "AWS") and _names(d, "AWS", "*"))  # fmt: skip
    if not by_denial and not _fixes(statement, PINNING):
        yield "TRUST_PUBLIC", state, "trusts everyone"
        return
    foreign = {_account(v) for _, v in _fixed(statement, OF_ACCOUNT)} - {"", trust.account}
    if foreign:
        yield "TRUST_CROSS_ACCOUNT", "conditional", f"trusts account {', '.join(sorted(foreign))}"


def _service(statement: Statement, value: str, state: State, trust: Trust) -> Iterator[Found]:
    if value == "*":
        yield "TRUST_PUBLIC", state, "trusts every service"
        return
    if not _is_service(value, EXPECTED.get(trust.kind, "")):
        yield "TRUST_OTHER_SERVICE", state, f"trusts {value}"
    if _is_service(value, "ecs-tasks") and not (
        _fixes(statement, SOURCE, if_exists=True)
        or any(_fixes(d, SOURCE, negated=True, if_exists=True) for d in trust.denies)
    ):
        yield "TRUST_NO_SOURCE", "certain", "names no source account or ARN"


def _is_service(principal: str, short: str) -> bool:
    return principal in (f"{short}.amazonaws.com", f"{short}.amazonaws.com.cn")


def _is_anyone(statement: Statement, provider: str) -> bool:
    """Say whether a web identity provider's every user is trusted: no claim but the audience."""
    if ":saml-provider/" in provider:
        return False
    claims = frozenset(key for key in keys_of(statement)
                       if not key.startswith(("aws:", "sts:", "iam:", "saml:")))  # fmt: skip
    claims = frozenset(key for key in claims if not key.endswith(":aud"))
    named = any(_fixed(statement, claims, is_fixed=_is_subject))
    # What everybody may sign up at is told apart by the audience, an own provider is not.
    by_audience = ":oidc-provider/" not in provider and any(
        key.endswith((":aud", ":app_id")) for key in keys_of(statement)
    )
    return not named and not by_audience


def _fixes(
    statement: Statement, keys: frozenset[str], *, negated: bool = False, if_exists: bool = False
) -> bool:
    """Say whether a condition fixes one of some keys by value; a Deny does so when negated."""
    return any(_fixed(statement, keys, negated=negated, if_exists=if_exists))


def _fixed(
    statement: Statement,
    keys: frozenset[str],
    *,
    negated: bool = False,
    if_exists: bool = False,
    is_fixed: Callable[[str], bool] | None = None,
) -> Iterator[tuple[str, str]]:
    is_fixed = is_fixed or _is_fixed
    blocks: dict[str, list[str]] = {}
    for key, value in _values(statement, keys, negated=negated, if_exists=if_exists or negated):
        blocks.setdefault(key, []).append(value)
    for key, values in blocks.items():
        if all(is_fixed(v) for v in values):
            yield from ((key, value) for value in values)


def _values(
    statement: Statement, keys: Any, *, negated: bool = False, if_exists: bool = False
) -> Iterator[tuple[str, str]]:
    for operator, block in statement.conditions.items():
        every, _, base = operator.lower().rpartition(":")
        compares = base.startswith(("string", "arn")) and ("not" in base) == negated
        if compares and every != "forallvalues" and (if_exists or not base.endswith("ifexists")):
            for key, values in block.items():
                if key.lower() in keys:
                    yield from ((key.lower(), value) for value in values)


def _is_fixed(value: str) -> bool:
    """Say whether a value names one account, organisation or source: not wild where it counts."""
    fields = value.split(":", 5)
    if fields[0] != "arn" or len(fields) < 6:
        return bool(value.strip("*?")) and fields[0] != "arn"
    owner = fields[4] or fields[5]
    return bool(owner.strip("*?")) and owner[0] not in "*?"


def _is_subject(value: str) -> bool:
    """Say whether a subject is named beyond its kind: ``repo:*`` is everybody's."""
    return bool(SUBJECT_KIND.sub("", re.split(r"[*?]", value)[0]))


def _account(principal: str) -> str:
    if principal.isdigit():
        return principal
    fields = principal.split(":")
    return fields[4] if len(fields) > 5 and fields[0] == "arn" else ""


class Caller(NamedTuple):
    """A service that would assume a role for something in an account's region."""

    service: str
    account: str
    region: str
    partition: str


def assumable(document: Any, caller: Caller) -> Assumable:
    """Say whether a service may assume a role; what only the request knows leaves it open."""
    try:
        statements = parse(document, resource_policy=True)
    except Invalid:
        return "unknown"
    allows, denies = _by_effect(statements)
    said = [_met(s, caller) for s in allows if _serves(s, caller.service)]
    against = [_met(s, caller) for s in denies if _serves(s, caller.service)]
    if True in against or not any(one is not False for one in said):
        return "no"
    return "yes" if True in said and None not in against else "unknown"


def _serves(statement: Statement, service: str) -> bool:
    principals = statement.principals or {}
    listed = {*principals.get("Service", ()), *principals.get("AWS", ())}
    named = bool(listed & {f"{service}.amazonaws.com", f"{service}.amazonaws.com.cn", "*"})
    return named != statement.not_principal and _lets(statement, "Service")


def _met(statement: Statement, caller: Caller) -> bool | None:
    """Evaluate the conditions for a source of the account; which one it is, is not known."""
    by = "ecs" if caller.service == "ecs-tasks" else caller.service
    source = f"arn:{caller.partition}:{by}:{caller.region}:{caller.account}:"
    context = {**KNOWN, "aws:sourceaccount": (caller.account,)}
    open_ended = holds(statement, context)
    if "aws:sourcearn" not in keys_of(statement) or open_ended is False:
        return open_ended
    met = holds(statement, {**context, "aws:sourcearn": (f"{source}{ABSENT}",)})
    patterns = [v for block in statement.conditions.values()
                for key, values in block.items() if key.lower() == "aws:sourcearn"
                for v in values]  # fmt: skip
    # A pattern that means one cluster of the account is met by some tasks.
    return met if met or not any(overlaps(p, f"{source}*") for p in patterns) else None
