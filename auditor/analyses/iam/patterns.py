"""Glob patterns with ``*`` and ``?``: matching, containment, overlap; all exact."""

from __future__ import annotations

import re
from functools import lru_cache

WILD = re.compile(r"[*?]")
# A star and a question mark that are meant as they are: what a policy variable was filled with.
LITERAL = str.maketrans({"*": "\ue000", "?": "\ue001"})
PLAIN = str.maketrans({"\ue000": "*", "\ue001": "?"})
# A text made to exhaust the auditor is taken as not containing: nobody writes such a pattern.
LIMIT = 20_000
OTHER = "\0"  # stands for every character that neither pattern names


@lru_cache(maxsize=200_000)
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
    return compiled(pattern, fold).fullmatch(text) is not None


@lru_cache(maxsize=100_000)
def literal_head(pattern: str) -> str:
    """Return what stands before the first wildcard."""
    return WILD.split(pattern, maxsplit=1)[0]


@lru_cache(maxsize=100_000)
def contains(outer: str, inner: str) -> bool:
    """Say whether every text of ``inner`` is one of ``outer``; both may hold wildcards.

    Without ``?``, ``outer`` has to match ``inner`` read as plain text: only its ``*`` can take
    a wildcard. With ``?``, the states that ``outer`` can be in are followed as a set while
    ``inner`` is spelled out over the characters that tell the two apart.
    """
    if "?" not in outer:
        return matches(outer, inner)
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
    """A pattern as an automaton whose states, the positions in it, are the bits of an integer."""

    def __init__(self, pattern: str) -> None:
        text = re.sub(r"\*+", "*", pattern)
        self.end = 1 << len(text)
        self._stars = sum(1 << i for i, char in enumerate(text) if char == "*")
        self._any = self.end - 1 & ~self._stars
        self._at: dict[str, int] = {}
        single = sum(1 << i for i, char in enumerate(text) if char == "?")
        for char in set(text) - {"*", "?"}:
            self._at[char] = single | sum(1 << i for i, c in enumerate(text) if c == char)
        self._single = single
        self.start = self._closed(1)

    def _closed(self, states: int) -> int:
        return states | (states & self._stars) << 1

    def after(self, states: int, other: str) -> int:
        """Return the states that some text of another pattern leads to."""
        for char in other:
            if char == "*":
                # Any text: every position from the first on.
                states = (self.end << 1) - (states & -states) if states else 0
            else:
                moving = self._any if char == "?" else self._at.get(char, self._single)
                states = self._closed((states & moving) << 1 | states & self._stars)
            if not states:
                return 0
        return states


@lru_cache(maxsize=20_000)
def positions(pattern: str) -> Positions:
    """Return a pattern's automaton."""
    return Positions(pattern)


def overlaps(one: str, other: str) -> bool:
    """Say whether some text fits both patterns."""
    found = positions(one)
    return bool(found.after(found.start, other) & found.end)
