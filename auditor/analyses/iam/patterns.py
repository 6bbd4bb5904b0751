"""Glob patterns with ``*`` and ``?``: matching, containment, overlap; all exact."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=200_000)
def compiled(pattern: str, fold: bool = False) -> re.Pattern[str]:
    """Return a pattern as a regular expression over the whole text."""
    body = re.sub(r"\\\*(?:\\\*)*", ".*", re.escape(pattern)).replace(r"\?", ".")
    return re.compile(body, re.DOTALL | (re.IGNORECASE if fold else 0))


def matches(pattern: str, text: str, *, fold: bool = False) -> bool:
    """Say whether a text without wildcards fits a pattern."""
    if "*" not in pattern and "?" not in pattern:
        return pattern.lower() == text.lower() if fold else pattern == text
    return compiled(pattern, fold).fullmatch(text) is not None


@lru_cache(maxsize=100_000)
def contains(outer: str, inner: str) -> bool:
    """Say whether every text of ``inner`` is one of ``outer``; both may hold wildcards.

    The states of ``outer`` that each position of ``inner`` can be in are followed as a set; a
    ``*`` of ``inner`` stands for any text, so it must keep the set alive for a character that
    ``outer`` does not name.
    """
    states = _closed(outer, frozenset([0]))
    for char in inner:
        states = _starred(outer, states) if char == "*" else _step(outer, states, char)
        if not states:
            return False
    return len(outer) in states


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
        if state == len(pattern):
            continue
        here = pattern[state]
        if here == "*":
            moved.add(state)
        elif here == "?" or (here == char and char != "?"):
            moved.add(state + 1)
    return _closed(pattern, frozenset(moved))


def _starred(pattern: str, states: frozenset[int]) -> frozenset[int]:
    """Keep the states that survive any text: those resting on a star, and what follows it."""
    resting = frozenset(s for s in states if s < len(pattern) and pattern[s] == "*")
    return _closed(pattern, resting)


@lru_cache(maxsize=100_000)
def overlaps(one: str, other: str) -> bool:
    """Say whether some text fits both patterns."""
    seen = {(0, 0)}
    stack = [(0, 0)]
    while stack:
        i, j = stack.pop()
        if i == len(one) and j == len(other):
            return True
        for nxt in _moves(one, other, i, j):
            if nxt not in seen:
                seen.add(nxt)
                stack.append(nxt)
    return False


def _moves(one: str, other: str, i: int, j: int) -> list[tuple[int, int]]:
    a = one[i] if i < len(one) else ""
    b = other[j] if j < len(other) else ""
    found = []
    if a == "*":
        found += [(i + 1, j), (i, j + 1)] if b and b != "*" else [(i + 1, j)]
    if b == "*":
        found += [(i, j + 1), (i + 1, j)] if a and a != "*" else [(i, j + 1)]
    if a and b and a != "*" and b != "*" and (a == b or "?" in (a, b)):
        found.append((i + 1, j + 1))
    return found
