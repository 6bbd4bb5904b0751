"""One need of one role: allowed, denied or unknown, why in words, and the smallest fix."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from auditor.analyses.iam.conditions import Context, holds
from auditor.analyses.iam.decide import applied, evaluated
from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.grants import Owned, Role
from auditor.analyses.iam.patterns import contains, overlaps

NOT_READ = "service control policies are not collected"
Word = Literal["allowed", "denied", "unknown"]
Granted = Literal["allow", "unknown", "none"]
Speech = Literal["deny", "unknown", "allow", "maybe", "account", "none"]


class Request(NamedTuple):
    """An action on a resource of an account; ``foreign`` where that is not the role's own."""

    action: str
    resource: str
    foreign: bool
    context: Context


class Own(NamedTuple):
    """A resource's own policy: whether it could be read, and its text where it has one."""

    applies: bool
    read: bool
    document: str | None


class Holder(NamedTuple):
    """The role that is asked."""

    arn: str
    name: str


class Said(NamedTuple):
    """What a resource's own policy says; ``account`` lets the account's policies decide.

    ``unknown`` may deny, ``maybe`` may allow: a condition hangs on the request.
    """

    word: Speech
    where: str = ""


class Verdict(NamedTuple):
    """The answer; ``fix`` and ``snippet`` are empty where nothing is to be changed."""

    word: Word
    reason: str
    fix: str | None = None
    snippet: str | None = None


def check(role: Role, who: Holder, request: Request, own: Own, fault: str | None) -> Verdict:
    """Judge one need of a role; ``fault`` says which of its documents could not be used."""
    words = _words(request)
    denying = _denying(role, request)
    if denying:
        what = f"statement {denying.statement.name} of policy {denying.policy}"
        return Verdict("denied", f"{what} denies {words}", f"Leave {words} out of {what}.")
    if fault:
        return Verdict("unknown", f"whether the role may {words}: {fault}")
    said = _by_resource(own, who.arn, request)
    if said.word == "deny":
        return Verdict("denied", f"{said.where} of the resource's own policy denies {words}",
                       f"Leave role {who.name} out of {said.where}.")  # fmt: skip
    identity = _identity(role, request)
    # A boundary bounds what the resource's own policy gives the role, too.
    shut = role.bounds is not None and _set(role.bounds, request) == "none"
    if shut or (identity == "none" and said.word in ("none", "account")):
        return _missing(role, who, request, "" if shut else _but(request, own), shut)
    return _granted(role, who, request, own, identity, said)


def _but(request: Request, own: Own) -> str:
    """Say why a missing grant is not yet a refusal; empty where it is one."""
    if request.foreign:
        return "it belongs to another account"
    return "its own policy was not collected" if own.applies and not own.read else ""


def _granted(
    role: Role, who: Holder, request: Request, own: Own, identity: Granted, said: Said
) -> Verdict:
    words = _words(request)
    if request.foreign:
        return Verdict("unknown", f"{request.action} is granted, but the policy of "
                       f"{request.resource} in the other account has to allow it too")  # fmt: skip
    # An identity grant is enough beside a conditional one, but not for a key.
    needed = identity != "allow" or request.action == "kms:Decrypt"
    if said.word == "unknown" or (said.word == "maybe" and needed):
        return Verdict("unknown", f"{said.where} of the resource's own policy depends on what "
                       f"only the request knows: {words}")  # fmt: skip
    if said.word == "allow":
        where = f"{said.where} of the resource's own policy"
        return Verdict("allowed", f"{where} grants {words} ({NOT_READ})")
    if identity == "unknown":
        return Verdict("unknown", f"{words} depends on {_keys(role, request)}")
    if request.action == "kms:Decrypt" and said.word == "none":
        return _undelegated(who, own, words)
    unread = f"the resource's own policy was not collected, {NOT_READ}"
    return Verdict("allowed", f"{words} is granted "
                   f"({unread if own.applies and not own.read else NOT_READ})")  # fmt: skip


def _undelegated(who: Holder, own: Own, words: str) -> Verdict:
    """A key answers to its own policy: an identity grant counts where that lets the account."""
    if not own.read:
        return Verdict("unknown", f"{words} is granted, but the key's own policy, which has to let "
                       "the account decide, was not collected")  # fmt: skip
    return Verdict("denied", f"{words} is granted, but the key's own policy lets neither the role "
                   "nor the account decide",
                   f"Allow kms:Decrypt for role {who.name} in the key's policy.")  # fmt: skip


def _words(request: Request) -> str:
    return f"{request.action} on {request.resource}"


def _missing(role: Role, who: Holder, request: Request, but: str, shut: bool) -> Verdict:
    words = _words(request)
    where = "the permissions boundary does not allow" if shut else "no statement grants"
    granted = _set((o.statement for o in role.owned), request) != "none"
    place = "the permissions boundary" if granted else "a policy"
    if shut and not granted:
        place += " and the permissions boundary"
    statement = {"Effect": "Allow", "Action": request.action, "Resource": request.resource}
    return Verdict(
        "unknown" if but else "denied", f"{where} {words}" + (f", and {but}" if but else ""),
        f"Allow {words} in {place} of role {who.name}.", json.dumps(statement),
    )  # fmt: skip


def _identity(role: Role, request: Request) -> Granted:
    own = _set((o.statement for o in role.owned), request)
    if role.bounds is None or own == "none":
        return own
    bound = _set(role.bounds, request)
    if "none" in (own, bound):
        return "none"
    return "unknown" if "unknown" in (own, bound) else "allow"


def _set(statements: Iterable[Statement], request: Request) -> Granted:
    """Evaluate a policy set; a resource with wildcards has to be granted as a whole."""
    listed = list(statements)
    answer = evaluated(listed, request.action, request.resource, request.context)
    if answer == "allow":
        return "allow"
    if answer == "unknown":
        return "unknown"
    partial = any(
        s.effect == "Allow" and _in_part(s, request) and holds(s, request.context) is not False
        for s in listed
    )
    return "unknown" if partial else "none"


def _in_part(statement: Statement, request: Request) -> bool:
    """Say whether a statement reaches some of the resources that a wildcard stands for."""
    wild = "*" in request.resource or "?" in request.resource
    if not wild or request.resource == "*" or statement.not_resource:
        return False
    whole = statement._replace(resources=("*",), conditions={})
    return bool(applied(whole, request.action, request.resource, request.context)) and any(
        overlaps(p, request.resource) and not contains(p, request.resource)
        for p in statement.resources
    )


def _denying(role: Role, request: Request) -> Owned | None:
    bounds = (Owned("boundary", s) for s in role.bounds or ())
    for one in (*role.owned, *bounds):
        s = one.statement
        if s.effect == "Deny" and applied(s, request.action, request.resource, request.context):
            return one
    return None


def _keys(role: Role, request: Request) -> str:
    statements = (*(o.statement for o in role.owned), *(role.bounds or ()))
    asked = (request.action, request.resource, request.context)
    open_ones = [s for s in statements if applied(s, *asked) is None]
    keys = {key for s in open_ones for block in s.conditions.values() for key in block}
    if keys:
        return ", ".join(sorted(keys))
    return "a policy variable" if open_ones else "which of its resources is meant"


def _by_resource(own: Own, arn: str, request: Request) -> Said:
    """Return what the resource's own policy says of the role, and where."""
    if not own.read or own.document is None:
        return Said("none")
    try:
        statements = parse(own.document, resource_policy=True)
    except Invalid:
        return Said("unknown", "the malformed text")
    said: dict[str, Said] = {}
    for s in statements:
        who = _named(s, arn)
        speaks = applied(s, request.action, request.resource, request.context)
        if who == "none" or speaks is False:
            continue
        word: Speech = "deny" if speaks else "unknown"
        if s.effect == "Allow":
            word = ("allow" if who == "role" else "account") if speaks else "maybe"
        said.setdefault(word, Said(word, f"statement {s.name}"))
    order = ("deny", "unknown", "allow", "maybe", "account")
    return next((said[word] for word in order if word in said), Said("none"))


def _named(statement: Statement, arn: str) -> Literal["role", "account", "none"]:
    """Say whom a statement's principals mean: this role, its account, or others."""
    principals: Mapping[str, tuple[str, ...]] = statement.principals or {}
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    people = principals.get("AWS", ())
    everyone = "*" in people
    by_account = any(p == account or p.endswith(f":{account}:root") for p in people)
    if statement.not_principal:
        return "none" if arn in people or everyone else "role"
    if everyone or arn in people:
        return "role"
    if by_account:
        # A Deny of the account's root takes every principal of the account.
        return "role" if statement.effect == "Deny" else "account"
    return "none"
