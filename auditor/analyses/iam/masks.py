"""A policy document as sets of actions: what it allows and denies, surely or under a condition."""

from __future__ import annotations

import bisect
import functools
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from auditor.analyses.iam import catalogue
from auditor.analyses.iam.conditions import context_of, filled, holds
from auditor.analyses.iam.documents import Statement, parsed
from auditor.analyses.iam.patterns import Positions, contains, literal_head, longest_part

Reach = Literal["everything", "some"]


class Place(NamedTuple):
    """Where a role lives: its account and region fill the shapes of resources."""

    account: str
    region: str
    partition: str


class Masks(NamedTuple):
    """Sets of units; ``maybe`` ones hang on a condition, and hold the sure ones too."""

    allowed: int = 0
    maybe_allowed: int = 0
    denied: int = 0
    maybe_denied: int = 0

    def __or__(self, other: Masks) -> Masks:
        """Join two policies."""
        return Masks(*_both(*self[:2], *other[:2]), *_both(*self[2:], *other[2:]))


def _both(sure: int, maybe: int, more: int, more_maybe: int) -> tuple[int, int]:
    """Join two pairs of sets; one object stands for both sets of a pair where they are equal."""
    found = sure | more if sure and more else sure or more
    if maybe is sure and more_maybe is more:
        return found, found
    return found, maybe | more_maybe


def joined(every: Iterable[Masks]) -> Masks:
    """Join policies."""
    return functools.reduce(Masks.__or__, every, Masks())


@functools.lru_cache(maxsize=8192)
def masked(document: str, place: Place, reach: Reach) -> tuple[Masks, ...]:
    """Return the sets of each statement of a document; raises Invalid for a malformed one."""
    return tuple(statement_masks(s, place, reach) for s in parsed(document))


@functools.lru_cache(maxsize=8192)
def document_masks(document: str, place: Place, reach: Reach) -> Masks:
    """Return the sets of a document given as text; raises Invalid for a malformed one."""
    return joined(masked(document, place, reach))


def statement_masks(statement: Statement, place: Place, reach: Reach) -> Masks:
    """Return the sets of one statement."""
    held = holds(statement, known(place.account)) if statement.conditions else True
    if held is False:
        return Masks()
    if statement.not_resource and statement.variables and not _resolves(statement, place):
        held = None
    bits = spoken(statement) & aimed(statement, place, reach)
    sure = bits if held else 0
    return Masks(sure, bits) if statement.effect == "Allow" else Masks(0, 0, sure, bits)


@functools.lru_cache(maxsize=256)
def known(account: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that are known of every request of a role of an account."""
    return context_of({"aws:principalaccount": account} if account else {})


def spoken(statement: Statement) -> int:
    """Return the units of the actions that a statement speaks of."""
    meant = catalogue.meant(statement.actions)
    return catalogue.index().everything & ~meant if statement.not_action else meant


@functools.lru_cache(maxsize=8192)
def document_speaks(document: str) -> int:
    """Return the units that a document's Allow statements speak of, whatever the resource."""
    allows = (spoken(s) for s in parsed(document) if s.effect == "Allow")
    return functools.reduce(int.__or__, allows, 0)


def aimed(statement: Statement, place: Place, reach: Reach) -> int:
    """Return the units whose resources a statement reaches: wholly, or for ``some`` in part.

    A Deny reaches ``some`` only where it takes all of them, as a partial one leaves the rest.
    """
    everything = catalogue.index().everything
    denies, excluded = statement.effect == "Deny", statement.not_resource
    within = (reach == "everything") or (denies != excluded)
    found = 0
    for pattern in statement.resources:
        text = _filled(pattern, statement, place, within)
        found |= _inside(text, place) if within else _touching(text, place)
        if found == everything:
            break
    return everything & ~found if excluded else found


def _resolves(statement: Statement, place: Place) -> bool:
    return all(filled(p, known(place.account), True).has_value for p in statement.resources)


def _filled(pattern: str, statement: Statement, place: Place, within: bool) -> str:
    """Fill in what is known; a variable that is not may be anything, but is not everything."""
    if not statement.variables or "${" not in pattern:
        return pattern
    found = filled(pattern, known(place.account), True)
    return pattern if within and not found.is_sure else found.text


@functools.lru_cache(maxsize=50_000)
def _inside(pattern: str, place: Place) -> int:
    """Return the units whose shape lies wholly inside a pattern."""
    if not pattern.strip("*"):
        return catalogue.index().everything
    part = longest_part(pattern)
    inside = (units for shape, units in _beginning(literal_head(pattern), place)
              if part in shape and contains(pattern, shape))  # fmt: skip
    return functools.reduce(int.__or__, inside, 0)


def _beginning(head: str, place: Place) -> Sequence[tuple[str, int]]:
    """Return the shapes that begin with a text: they are neighbours."""
    pairs = _shapes(_service(head), place)
    begin, end = (bisect.bisect_left(pairs, (text,)) for text in (head, head + chr(sys.maxunicode)))
    return pairs[begin:end]


@functools.lru_cache(maxsize=50_000)
def _touching(pattern: str, place: Place) -> int:
    """Return the units of which some resource fits a pattern."""
    if not pattern.strip("*"):
        return catalogue.index().everything
    shapes, units = _automaton(_service(literal_head(pattern)), place)
    return functools.reduce(int.__or__, (units[n] for n in shapes.overlapping(pattern)), 0)


@functools.lru_cache(maxsize=2048)
def _automaton(service: str | None, place: Place) -> tuple[Positions, tuple[int, ...]]:
    """Return the shapes of a service's resources, of all without one, and their units."""
    pairs = _shapes(service, place)
    return Positions(shape for shape, _ in pairs), tuple(units for _, units in pairs)


def _shapes(service: str | None, place: Place) -> Sequence[tuple[str, int]]:
    """Return the shapes of a service's resources in their order, of all without one."""
    by_service = catalogue.shapes_in(*place)
    return _every(place) if service is None else by_service.get(service, ())


@functools.lru_cache(maxsize=64)
def _every(place: Place) -> Sequence[tuple[str, int]]:
    return sorted(pair for pairs in catalogue.shapes_in(*place).values() for pair in pairs)


def _service(head: str) -> str | None:
    """Return the service of an ARN pattern's literal beginning, None where that is too short."""
    fields = head.split(":", 3)
    return fields[2] if len(fields) == 4 else None


def text_key(document: Any) -> str:
    """Return a document as text that names it; raises ValueError for other types."""
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        raise ValueError("a policy document is a mapping or text")
    return json.dumps(document)
