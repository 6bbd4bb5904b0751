"""Waivers and accepted gaps: who accepts what, why, and until when."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from auditor.errors import WaiverError
from auditor.findings import WaiverState, WaiverUse
from auditor.identity import REVISION
from auditor.verdicts import Missing

SCHEMA = "ecs-audit-waivers/1"
FARTHEST = 400  # days


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One accepted finding."""

    id: str
    rules: list[str]
    resource: str
    reason: str
    owner: str
    expires: datetime.date
    part: str | None = None
    ticket: str | None = None

    def covers(self, rule: str, resource: str, part: str | None) -> bool:
        """Say whether a finding is meant; a definition is tried without its revision too."""
        if rule not in self.rules or (self.part is not None and not fits(self.part, part or "")):
            return False
        return fits(self.resource, resource) or fits(self.resource, REVISION.sub(r"\1", resource))

    def use(self) -> WaiverUse:
        """Return what a finding says of its waiver."""
        return WaiverUse(self.id, self.reason, self.owner, self.expires.isoformat())


class AcceptedGap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One accepted gap."""

    call: str
    reason: str
    owner: str
    expires: datetime.date
    accounts: list[str] = msgspec.field(default_factory=lambda: ["*"])
    regions: list[str] = msgspec.field(default_factory=lambda: ["*"])

    def covers(self, gap: Missing) -> bool:
        """Say whether a gap is meant."""
        return (
            gap.call == self.call
            and any(fits(a, gap.place.account) for a in self.accounts)
            and any(fits(r, gap.place.region) for r in self.regions)
        )


class Waivers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A waiver file."""

    schema: str = SCHEMA
    waivers: list[Waiver] = []
    accepted_gaps: list[AcceptedGap] = []

    def find(self, rule: str, resource: str, part: str | None, at: datetime.date) -> Waiver | None:
        """Return the waiver that holds for a finding; of several the one that ends first."""
        holding = [w for w in self.waivers
                   if w.expires >= at and w.covers(rule, resource, part)]  # fmt: skip
        return min(holding, key=lambda w: (w.expires, w.id), default=None)

    def accepts(self, gap: Missing, at: datetime.date) -> bool:
        """Say whether a gap is accepted."""
        return any(g.expires >= at and g.covers(gap) for g in self.accepted_gaps)


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    body = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in glob)
    return re.compile(body, re.DOTALL)


def fits(glob: str, text: str) -> bool:
    """Match ``*`` and ``?`` over the whole text, case-sensitive."""
    return _pattern(glob).fullmatch(text) is not None


def load(path: Path, today: datetime.date) -> Waivers:
    """Read a waiver file; raise WaiverError naming entry and remedy."""
    try:
        found = msgspec.yaml.decode(path.read_bytes(), type=Waivers)
    except FileNotFoundError:
        raise WaiverError(f"{path} does not exist; --waivers names a YAML file") from None
    except msgspec.DecodeError as error:
        raise WaiverError(f"{path}: {' '.join(str(error).split())}") from None
    if found.schema != SCHEMA:
        raise WaiverError(f"{path}: schema is {found.schema}; write {SCHEMA}")
    ids: set[str] = set()
    for waiver in found.waivers:
        _check(path, waiver, today)
        if waiver.id in ids:
            raise WaiverError(f"{path}: {waiver.id} stands twice; give each waiver its own id")
        ids.add(waiver.id)
    for gap in found.accepted_gaps:
        _dated(path, f"accepted gap {gap.call}", gap.reason, gap.expires, today)
    return found


def _check(path: Path, waiver: Waiver, today: datetime.date) -> None:
    name = f"waiver {waiver.id}"
    if waiver.resource.strip("*") == "":
        raise WaiverError(f'{path}: {name}: resource "{waiver.resource}" waives all; name it')
    if not waiver.rules or not all(re.fullmatch(r"[A-Z]{2,4}\d{3}", r) for r in waiver.rules):
        raise WaiverError(f"{path}: {name}: rules holds full rule ids such as SEC002")
    _dated(path, name, waiver.reason, waiver.expires, today)


def _dated(path: Path, name: str, reason: str, ends: datetime.date, today: datetime.date) -> None:
    if len(reason.strip()) < 10:
        raise WaiverError(f"{path}: {name}: the reason is shorter than 10 characters; explain it")
    if (ends - today).days > FARTHEST:
        raise WaiverError(f"{path}: {name}: expires more than {FARTHEST} days ahead; shorten it")


def states(
    waivers: Waivers,
    used: Mapping[str, int],
    gaps: Sequence[Missing],
    known: Iterable[str],
    at: datetime.date,
) -> list[WaiverState]:
    """Return what each entry of the file did, by expiry."""
    rules = set(known)
    found = []
    for w in waivers.waivers:
        state = "active" if used.get(w.id) else "unused"
        if w.expires < at:
            state = "expired"
        elif not set(w.rules) <= rules:
            state = "unknown_rule"
        found.append(WaiverState(w.id, "waiver", f"{', '.join(w.rules)} on {w.resource}", w.reason,
                                 w.owner, w.expires.isoformat(), (w.expires - at).days, state,
                                 used.get(w.id, 0)))  # fmt: skip
    for g in waivers.accepted_gaps:
        covered = sum(g.covers(gap) for gap in gaps)
        state = "expired" if g.expires < at else "active" if covered else "unused"
        found.append(WaiverState(g.call, "accepted_gap", g.call, g.reason, g.owner,
                                 g.expires.isoformat(), (g.expires - at).days, state,
                                 covered))  # fmt: skip
    return sorted(found, key=lambda s: (s.expires, s.id))
