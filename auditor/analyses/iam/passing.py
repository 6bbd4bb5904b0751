"""iam:PassRole resolved: which roles of the account a role may hand to what it can start."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from auditor.analyses.iam import catalogue
from auditor.analyses.iam.classes import PASS, PASSED_TO, WITH_PASSROLE, Path, principal
from auditor.analyses.iam.decide import evaluated
from auditor.analyses.iam.documents import Invalid, Statement, parse
from auditor.analyses.iam.grants import Grant, Role, State
from auditor.analyses.iam.masks import spoken
from auditor.analyses.iam.risks import Risk, identity_risks

STRONG = frozenset(("ADMIN", "PRIV_ESC"))


class Target:
    """A role of the account: its trust and what it holds."""

    def __init__(self, arn: str, trust: str | None, role: Role) -> None:
        self.arn, self.trust, self.role = arn, trust, role

    @functools.cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes that are certain of it, whoever uses it."""
        found = identity_risks(self.role, "task")
        return tuple(sorted({risk.name for risk in found if risk.state == "certain"}))

    @functools.cached_property
    def services(self) -> frozenset[str] | None:
        """The services that its trust names; None where it cannot be read."""
        return trusted(self.trust)

    def trusts(self, service: str) -> bool:
        """Say whether a service may take it; one whose trust cannot be read may be taken."""
        return self.services is None or service in self.services

    @functools.cached_property
    def may_pass(self) -> bool:
        """It may pass some roles, and not simply all of them."""
        return self.role.granted((PASS,), "some") is not None and self.role.granted((PASS,)) is None

    @property
    def is_strong(self) -> bool:
        """An administrator, or able to become one."""
        return not STRONG.isdisjoint(self.classes)


class Pass(NamedTuple):
    """One role that may be passed, and how; ``risk`` where that is an escalation."""

    target: str
    service: str
    state: State
    path: str
    passed_risks: tuple[str, ...]
    is_stronger: bool
    risk: Risk | None


class Step(NamedTuple):
    """One role passed to one service."""

    path: Path
    target: str
    state: State
    grants: tuple[Grant, ...]


class Chains:
    """The account's roles with what each may pass; a chain ends at a role seen before."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets
        self._direct: dict[str, list[Step]] = {}

    def of(self, arn: str) -> list[Pass]:
        """Return what a role may pass, stronger roles first; none where it may pass all."""
        if not self._targets[arn].may_pass:
            return []
        own = self._targets[arn].role.anywhere.possible
        found = []
        for path, target, state, grants in self._passes(arn):
            onward = self._onward(target, frozenset((arn,)))
            steps = " + ".join([PASS, *(g.action for g in grants)])
            chain = " -> ".join([arn, target, *onward])
            risk = None
            if self._targets[target].is_strong or onward:
                end = self._targets[onward[-1] if onward else target]
                what = next(c for c in end.classes if c in STRONG)
                risk = self._risk(arn, state, steps, f"{chain} ({what})")
            beyond = self._targets[target].role.anywhere.possible & ~own
            found.append(Pass(target, path.service, state, f"{steps}: {chain}",
                              self._targets[target].classes, bool(beyond), risk))  # fmt: skip
        return sorted(found, key=lambda p: (p.risk is None, not p.is_stronger, p.target, p.service))

    def _risk(self, arn: str, state: State, steps: str, chain: str) -> Risk | None:
        grant = self._targets[arn].role.granted((PASS,), "some")
        if grant is None:
            return None
        policy, statement = grant.by
        evidence = (f"statement {statement.name} of policy {policy} allows {steps} "
                    f"with a stronger role: {chain}")  # fmt: skip
        return Risk("PRIV_ESC", state, evidence, policy, statement.name, steps)

    def _onward(self, arn: str, seen: frozenset[str]) -> list[str]:
        """Return the roles that follow until a strong one, none where no chain leads there."""
        if self._targets[arn].is_strong or arn in seen or not self._targets[arn].may_pass:
            return []
        for _, target, _, _ in self._passes(arn):
            if self._targets[target].is_strong:
                return [target]
            rest = self._onward(target, seen | {arn})
            if rest:
                return [target, *rest]
        return []

    def _passes(self, arn: str) -> list[Step]:
        if arn not in self._direct:
            self._direct[arn] = list(self._resolved(arn))
        return self._direct[arn]

    def _resolved(self, arn: str) -> Iterator[Step]:
        role = self._targets[arn].role
        units = catalogue.units((PASS,))
        speaking = [o.statement for o in role.owned if spoken(o.statement) & units]
        for path in WITH_PASSROLE:
            grants = tuple(g for step in path.steps if (g := role.granted(step, "some")))
            if len(grants) < len(path.steps):
                continue
            service = principal(path.service, role.place.partition)
            for target in self._targets.values():
                if target.arn == arn or not target.trusts(service):
                    continue
                state = _passed(role, speaking, target, service)
                if state:
                    sure = all(g.state == "certain" for g in grants)
                    yield Step(path, target.arn, state if sure else "conditional", grants)


def _passed(
    role: Role, speaking: Sequence[Statement], target: Target, service: str
) -> State | None:
    context = {**role.context, PASSED_TO: (service,)}
    answer = evaluated(speaking, PASS, target.arn, context)
    if role.bounds is not None and answer != "deny":
        bound = evaluated(role.bounds, PASS, target.arn, context)
        answer = answer if bound == "allow" else bound
    if answer == "deny":
        return None
    return "certain" if answer == "allow" else "conditional"


def trusted(document: str | None) -> frozenset[str] | None:
    """Return the services that a trust policy names; None for one that cannot be read."""
    try:
        statements = parse(document, resource_policy=True) if document else []
    except Invalid:
        return None
    return frozenset(name for s in statements if s.effect == "Allow"
                     for name in (s.principals or {}).get("Service", ()))  # fmt: skip
