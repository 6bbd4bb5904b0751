"""Precision and recall of verdicts over labelled entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Score(NamedTuple):
    """Counts of hits, false hits and misses."""

    true: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.true / (self.true + self.false) if self.true + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.true / (self.true + self.missed) if self.true + self.missed else 1.0

    def __str__(self) -> str:
        return f"{self.precision:.3f} / {self.recall:.3f} ({self.true + self.missed} secrets)"


def score(pairs: Iterable[tuple[bool, bool]]) -> Score:
    """Score pairs of (is a secret, was called one)."""
    counts = [0, 0, 0]
    for secret, hit in pairs:
        if secret or hit:
            counts[0 if secret and hit else 1 if hit else 2] += 1
    return Score(*counts)


def groups(names: Sequence[str]) -> list[str]:
    """Return the names in order of first appearance."""
    return list(dict.fromkeys(names))
