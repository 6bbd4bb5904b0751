"""From gaps to verdicts: what was not read never passes, and is never taken for absence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from auditor.findings import Scalar, Severity
from auditor.identity import Place

REAL = frozenset("denied throttled failed truncated unsupported".split())
UNASKED = frozenset("not_requested region_disabled".split())
GLOBAL = "global"
UNCLASSIFIED = "Unclassified"  # the code of a gap of one value, beside which its rows stand


class Missing(msgspec.Struct, frozen=True):
    """A gap as verdicts see it."""

    place: Place
    call: str
    resource: str | None
    status: str
    code: str
    tables: frozenset[str]

    def sentence(self, about: str = "") -> str:
        """Say what happened to the call, for one resource ``about`` it."""
        what = "was refused" if self.status == "denied" else "failed"
        return f"{self.call} {what}{about} ({self.code})"


class Row(msgspec.Struct, frozen=True):
    """One judged row of a rule, before and after the gaps."""

    place: Place
    resource: str
    part: str | None
    status: str  # fail | pass | skip | unknown
    reason: str
    evidence: dict[str, Scalar] = {}
    severity: Severity | None = None
    confidence: str | None = None
    identity: str | None = None
    cause: str | None = None  # gap | judgement | error
    gaps: tuple[Missing, ...] = ()  # each of which alone leaves it unknown


class Unasked(msgspec.Struct, frozen=True):
    """A call that nobody made: not requested, or its region is disabled."""

    place: Place
    status: str
    call: str
    tables: frozenset[str]


def kind(arn: str) -> tuple[str, str]:
    """Return (service, resource type) of an ARN: what makes two resources of one kind."""
    fields = arn.split(":", 5)
    if len(fields) < 6:
        return "", ""
    resource = fields[5]
    cut = min((resource.find(c) for c in "/:" if c in resource), default=len(resource))
    return fields[2], resource[:cut]


def not_run(
    place: Place, reads: frozenset[str], optional: frozenset[str], unasked: Sequence[Unasked]
) -> str | None:
    """Clause 3: the reason why a rule cannot run in a scope, or None."""
    for one in unasked:
        blind = (one.tables & reads) - optional
        if blind and _silent(one, place):
            why = "is disabled" if one.status == "region_disabled" else "was not requested"
            what = f"region {one.place.region}" if one.status == "region_disabled" else one.call
            return f"{what} {why}, so {', '.join(sorted(blind))} was not read"
    return None


def _silent(one: Unasked, scope: Place) -> bool:
    """Say whether a call that nobody made leaves a scope unjudged.

    A disabled region has nothing to say of the account's other regions, so what is judged for
    the account as a whole still is; what was not requested was so in every region.
    """
    beside = one.status == "region_disabled" and scope.region == GLOBAL != one.place.region
    return touches(one.place, scope) and not beside


def touches(gap: Place, scope: Place) -> bool:
    """Say whether a gap blinds a scope: its own, its account's, or any region of a global one."""
    if gap.account != scope.account:
        return False
    return gap.region in (scope.region, GLOBAL) or scope.region == GLOBAL


def apply(
    rows: Sequence[Row],
    place: Place,
    account_arn: str,
    reads: frozenset[str],
    optional: frozenset[str],
    gaps: Iterable[Missing],
) -> list[Row]:
    """Return a rule's rows of one scope after clauses 1 and 2."""
    mine = [g for g in gaps if g.tables & reads and touches(g.place, place)]
    seen = {row.resource for row in rows}
    hidden: dict[str, list[Missing]] = {}
    wide: list[Missing] = []
    for gap in mine:
        if gap.resource is not None and _same_kind(rows, gap.resource):
            if gap.place == place or gap.resource in seen:
                hidden.setdefault(gap.resource, []).append(gap)
        elif (gap.tables & reads) - optional:
            wide.append(gap)
    kept = [row for row in rows if row.resource not in hidden]
    kept += [_unread(place, resource, behind) for resource, behind in hidden.items()]
    if not wide or (not kept and not any(g.place.region in (place.region, GLOBAL) for g in wide)):
        # A region's gap takes nothing from the account's own scope where nothing is judged.
        return kept
    return _blinded(kept, place, account_arn, wide)


def _same_kind(rows: Sequence[Row], resource: str) -> bool:
    """Say whether the rule judges resources of the gap's kind in this scope."""
    return any(kind(row.resource) == kind(resource) for row in rows)


def _unread(place: Place, resource: str, behind: Sequence[Missing]) -> Row:
    reason = f"{behind[-1].sentence(' for it')}."
    return Row(place, resource, None, "unknown", reason, cause="gap", gaps=tuple(behind))


def _blinded(
    rows: Sequence[Row], place: Place, account_arn: str, wide: Sequence[Missing]
) -> list[Row]:
    """Clause 2: every row of the scope becomes unknown; none becomes a row for the account."""
    said = wide[0].sentence()
    if not rows:
        return [Row(place, account_arn, None, "unknown", f"{said}.", cause="gap", gaps=tuple(wide))]
    return [
        msgspec.structs.replace(row, status="unknown", cause="gap", reason=f"{said}: {row.reason}",
                                gaps=(*row.gaps, *wide))
        for row in rows
    ]  # fmt: skip


def failed(places: Iterable[Place], accounts: Mapping[str, str], reason: str) -> list[Row]:
    """An SQL error or time limit: unknown, cause error, for all scopes."""
    return [
        Row(p, accounts.get(p.account, ""), None, "unknown", reason, cause="error") for p in places
    ]


def overlap(one: str | None, other: str | None) -> bool:
    """Say whether one part equals the other or lies under it; None is above all."""
    if one is None or other is None:
        return True
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
