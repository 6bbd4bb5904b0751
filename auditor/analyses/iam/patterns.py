"""Glob patterns with ``*`` and ``?``: matching, containment, overlap; all exact."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

WILD = re.compile(r"[*?]")
# A star and a question mark that are meant as they are: what a policy variable was filled with.
LITERAL = str.maketrans({"*": "\ue000", "?": "\ue001"})
PLAIN = str.maketrans({"\ue000": "*", "\ue001": "?"})
# A text made to exhaust the auditor is taken as not containing: nobody writes such a pattern.
LIMIT = 20_000
OTHER = "\0"  # stands for every character that neither pattern names


@functools.lru_cache(maxsize=200_000)
def compiled(pattern: str, fold: bool = False) -> re.Pattern[str]:
    """Return a pattern as a regular expression over the whole text."""
    body = re.sub(r"\\\*(?:\\\*)*", ".*", re.escape(pattern)).replace(r"\?", ".")
    body = body.replace("\ue000", r"\*").replace("\ue001", r"\?")
    return re.compile(body, re.DOTALL | (re.IGNORECASE if fold else 0))


def literal(text: str) -> str:
    """Return a text whose wildcards are meant as they are."""
    return text.translate(LITERAL)


def plain(text: str) -> str:
    """Return a text with its literal wildcards spelled out."""
    return text.translate(PLAIN) if not text.isascii() else text


def matches(pattern: str, text: str, *, fold: bool = False) -> bool:
    """Say whether a text without wildcards fits a pattern."""
    if "*" not in pattern and "?" not in pattern:
        pattern = plain(pattern)
        return pattern.lower() == text.lower() if fold else pattern == text
    if fold or "?" in pattern:
        return compiled(pattern, fold).fullmatch(text) is not None
    return holds_in_order(pieces(pattern), text)


@functools.lru_cache(maxsize=20_000)
def pieces(pattern: str) -> tuple[str, ...]:
    """Return what stands between the stars of a pattern that has no ``?``."""
    return tuple(plain(piece) for piece in pattern.split("*"))


def longest_part(pattern: str) -> str:
    """Return a text that stands in all that a pattern contains; with ``?`` none is sought."""
    return "" if "?" in pattern else max(pieces(pattern), key=len)


def holds_in_order(found: Sequence[str], text: str) -> bool:
    """Say whether a text begins and ends with the outer pieces and has the others between."""
    first, last = found[0], found[-1]
    at, end = len(first), len(text) - len(last)
    if end < at or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in found[1:-1]:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


@functools.lru_cache(maxsize=100_000)
def literal_head(pattern: str) -> str:
    """Return what stands before the first wildcard."""
    return WILD.split(pattern, maxsplit=1)[0]


def contains(outer: str, inner: str) -> bool:
    """Say whether every text of ``inner`` is one of ``outer``; both may hold wildcards.

    Without ``?``, ``outer`` has to match ``inner`` read as plain text: only its ``*`` can take
    a wildcard. With ``?``, the states that ``outer`` can be in are followed as a set while
    ``inner`` is spelled out over the characters that tell the two apart.
    """
    return _contains(outer, inner) if "?" in outer else matches(outer, inner)


@functools.lru_cache(maxsize=100_000)
def _contains(outer: str, inner: str) -> bool:
    if not all(matches(outer, WILD.sub(sample, inner)) for sample in ("", OTHER) if sample or
               "?" not in inner):  # fmt: skip
        return False
    letters = (set(outer) | set(inner)) - {"*", "?"} | {OTHER}
    start = (0, _closed(outer, frozenset([0])))
    seen, stack = {start}, [start]
    while stack:
        at, states = stack.pop()
        if at == len(inner):
            if len(outer) not in states:
                return False
            continue
        for step in _spelled(outer, inner, at, states, letters):
            if step not in seen:
                seen.add(step)
                stack.append(step)
        if len(seen) > LIMIT:
            return False
    return True


def _spelled(
    outer: str, inner: str, at: int, states: frozenset[int], letters: set[str]
) -> list[tuple[int, frozenset[int]]]:
    """Return what follows after one character of ``inner``, or after none for its ``*``."""
    char = inner[at]
    if char == "*":
        return [(at + 1, states), *((at, _step(outer, states, x)) for x in letters)]
    return [(at + 1, _step(outer, states, x)) for x in (letters if char == "?" else {char})]


def _closed(pattern: str, states: frozenset[int]) -> frozenset[int]:
    found = set(states)
    for state in sorted(states):
        while state < len(pattern) and pattern[state] == "*":
            state += 1
            found.add(state)
    return frozenset(found)


def _step(pattern: str, states: frozenset[int], char: str) -> frozenset[int]:
    moved = set()
    for state in states:
        if state < len(pattern):
            here = pattern[state]
            if here == "*":
                moved.add(state)
            elif here in ("?", char):
                moved.add(state + 1)
    return _closed(pattern, frozenset(moved))


class Positions:
    """Patterns as one automaton whose states, the positions in them, are the bits of an integer.

    Above a pattern's last position, its end, lies a guard bit that no step reaches.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        starts, guards, at = [], [], defaultdict(list)
        start = 0
        for pattern in patterns:
            text = re.sub(r"\*+", "*", pattern)
            for position, char in enumerate(text, start):
                at[char].append(position)
            starts.append(start)
            guards.append(start + len(text) + 1)
            start = guards[-1] + 1
        self._stars, self._single = bits_of(at.pop("*", [])), bits_of(at.pop("?", []))
        self._at = {char: bits_of(found) | self._single for char, found in at.items()}
        self._any = functools.reduce(int.__or__, self._at.values(), self._single)
        self._guards = bits_of(guards)
        self._ends = self._guards >> 1
        self._inside = self._any | self._stars | self._ends
        self._by_end = {guard - 1: number for number, guard in enumerate(guards)}
        self._start = self._closed(bits_of(starts))

    def _closed(self, states: int) -> int:
        return states | (states & self._stars) << 1

    def _after(self, other: str) -> int:
        """Return the states that some text of another pattern leads to."""
        states = self._start
        for char in other:
            if char == "*":
                # Any text: in each pattern, every position from the first on.
                states = ((self._guards - states) | states) & self._inside
            else:
                moving = self._any if char == "?" else self._at.get(char, self._single)
                states = self._closed((states & moving) << 1 | states & self._stars)
            if not states:
                return 0
        return states

    def overlapping(self, other: str) -> list[int]:
        """Return which of the patterns share some text with another, by their number."""
        return [self._by_end[end] for end in positions_of(self._after(other) & self._ends)]


def bits_of(positions: Sequence[int]) -> int:
    """Return the integer with these bits."""
    found = bytearray((max(positions, default=0) >> 3) + 1)
    for position in positions:
        found[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(found, "little")


def positions_of(bits: int) -> Iterator[int]:
    """Iterate the positions of the bits of an integer, the lowest first."""
    # What lies below the lowest bit need not be spelled out.
    lowest = max((bits & -bits).bit_length() - 1, 0)
    digits = f"{bits >> lowest:b}"
    highest = lowest + len(digits) - 1
    at = digits.rfind("1")
    while at >= 0:
        yield highest - at
        at = digits.rfind("1", 0, at)


@functools.lru_cache(maxsize=20_000)
def _positions(pattern: str) -> Positions:
    return Positions((pattern,))


def overlaps(one: str, other: str) -> bool:
    """Say whether some text fits both patterns."""
    return bool(_positions(one).overlapping(other))
