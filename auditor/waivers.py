"""Waivers and accepted gaps: who accepts what, why, and until when."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec

from auditor import notices
from auditor.errors import WaiverError
from auditor.findings import WaiverState, WaiverUse
from auditor.identity import REVISION
from auditor.rules import retired
from auditor.verdicts import Missing

SCHEMA = "ecs-audit-waivers/1"
FARTHEST = 400  # days
RULE = re.compile(r"[A-Z]{2,4}\d{3}")
STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
Named = Annotated[str, msgspec.Meta(min_length=1)]
Call = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+:[A-Za-z]+$")]


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One accepted finding."""

    id: Named
    rules: list[str]
    resource: Named
    reason: str
    owner: Named
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

    call: Call
    reason: str
    owner: Named
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

    def holding(
        self, rule: str, resource: str, part: str | None, at: datetime.date
    ) -> list[Waiver]:
        """Return the waivers that hold for a finding, the one that ends first before others."""
        found = [w for w in self.waivers if w.expires >= at and w.covers(rule, resource, part)]
        return sorted(found, key=lambda w: (w.expires, w.id))

    def accepts(self, gap: Missing, at: datetime.date) -> bool:
        """Say whether a gap is accepted."""
        return any(g.expires >= at and g.covers(gap) for g in self.accepted_gaps)


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    first, *rest = ("".join("." if c == "?" else re.escape(c) for c in part)
                    for part in glob.split("*"))  # fmt: skip
    # Atomic groups: each part is found once, so that no resource's name takes long.
    between = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    return re.compile(first + between + ".*" + rest[-1] if rest else first, re.DOTALL)


def fits(glob: str, text: str) -> bool:
    """Match ``*`` and ``?`` over the whole text, case-sensitive."""
    return _pattern(glob).fullmatch(text) is not None


def load(path: Path, today: datetime.date) -> Waivers:
    """Read a waiver file; raise WaiverError naming line, entry and remedy.

    A retired rule id stands for the rule it went into, said in one line on stderr.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise WaiverError(f"{path} does not exist; --waivers names a YAML file") from None
    except OSError as error:
        raise WaiverError(f"{path} cannot be read: {error.strerror}") from None
    root, found = _decoded(path, data)
    wrong = next(_mistakes(found, today), None)
    if wrong:
        raise WaiverError(f"{path}:{_line(root, f'`{wrong[0]}`')}: {wrong[1]}")
    current = [_current(path, waiver) for waiver in found.waivers]
    return msgspec.structs.replace(found, waivers=current)


def _decoded(path: Path, data: bytes) -> tuple[Any, Waivers]:
    """Return the node tree, which tells the line of what is wrong, and the content."""
    import yaml

    try:
        root = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = " ".join(str(getattr(error, "problem", None) or error).split())
        raise WaiverError(f"{path}:{mark.line + 1 if mark else 1}: no YAML: {said}") from None
    twice = _repeated(root)
    if twice:
        raise WaiverError(f"{path}:{twice[0]}: {twice[1]} stands twice; keep one")
    try:
        # Written as plain values first, so that a date may stand in quotes.
        plain = msgspec.to_builtins(msgspec.yaml.decode(data))
        return root, msgspec.convert(plain, Waivers)
    except RecursionError:
        raise WaiverError(f"{path}:1: it is nested too deeply; write a list of entries") from None
    except msgspec.DecodeError as error:
        said = " ".join(str(error).split())
        raise WaiverError(f"{path}:{_line(root, said)}: {said}; correct the entry") from None
    except ValueError as error:
        # PyYAML builds dates itself and raises this for 2027-13-45, without a place.
        raise WaiverError(f"{path}: a date is none ({error}); write YYYY-MM-DD") from None


def _repeated(node: Any) -> tuple[int, str] | None:
    """Return line and name of the first key that a mapping holds twice."""
    waiting, seen = [node], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or isinstance(one.value, str) or id(one) in seen:
            continue
        seen.add(id(one))  # an alias may point at what holds it
        names: set[str] = set()
        for entry in one.value:
            key, value = entry if isinstance(entry, tuple) else (None, entry)
            if key is not None and str(key.value) in names:
                return key.start_mark.line + 1, str(key.value)
            names |= {str(key.value)} if key is not None else set()
            waiting.append(value)
    return None


def _line(root: Any, said: str) -> int:
    """Return the line of the path that a validation error names, as far as it exists."""
    node = root
    for name, index in STEP.findall(said.rpartition("`$")[2]):
        inner = node.value if node is not None and not isinstance(node.value, str) else []
        found = [v for k, v in inner if k.value == name] if name else inner[int(index) :]
        if not found:
            break
        node = found[0]
    return node.start_mark.line + 1 if node is not None else 1


def _current(path: Path, waiver: Waiver) -> Waiver:
    """Return the waiver with each retired id replaced by the rule it went into."""
    gone = retired()
    names: list[str] = []
    for name in waiver.rules:
        into = gone.get(name, name)
        if name in gone:
            said = f"it went into {into}" if into else "it was withdrawn"
            notices.warn(f"{path}: {name} is retired; {said}")
        if into and into not in names:
            names.append(into)
    return msgspec.structs.replace(waiver, rules=names)


def _mistakes(found: Waivers, today: datetime.date) -> Iterator[tuple[str, str]]:
    """Yield where in the file something is wrong that a type does not say, and what."""
    if found.schema != SCHEMA:
        yield "$.schema", f"schema is {found.schema}; write {SCHEMA}"
    ids: set[str] = set()
    for n, waiver in enumerate(found.waivers):
        here, name = f"$.waivers[{n}]", f"waiver {waiver.id}"
        if waiver.id in ids:
            yield f"{here}.id", f"{waiver.id} stands twice; give each waiver its own id"
        ids.add(waiver.id)
        if waiver.resource.strip("*?") == "":
            yield f"{here}.resource", f'{name}: resource "{waiver.resource}" waives all; name it'
        if not waiver.rules or not all(RULE.fullmatch(r) for r in waiver.rules):
            yield f"{here}.rules", f"{name}: rules holds full rule ids such as SEC002"
        yield from _dated(here, name, waiver, today)
    for n, gap in enumerate(found.accepted_gaps):
        yield from _dated(f"$.accepted_gaps[{n}]", f"accepted gap {gap.call}", gap, today)


def _dated(
    here: str, name: str, entry: Waiver | AcceptedGap, today: datetime.date
) -> Iterator[tuple[str, str]]:
    if len(entry.reason.strip()) < 10:
        yield (
            f"{here}.reason",
            f"{name}: the reason is shorter than 10 characters; explain it",
        )
    if (entry.expires - today).days > FARTHEST:
        yield (
            f"{here}.expires",
            f"{name}: expires more than {FARTHEST} days ahead; shorten it",
        )


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
