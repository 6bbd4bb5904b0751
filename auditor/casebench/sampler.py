"""Make a text that a vendor's pattern matches: the same one for the same seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ALNUM = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CATEGORIES = {
    op.CATEGORY_DIGIT: "0123456789",
    op.CATEGORY_WORD: ALNUM,
    op.CATEGORY_SPACE: " ",
}
EXTRA = 12  # characters of an open-ended repetition, beyond its minimum


class Sampler:
    """Chooses by a SHA-256 stream, so that fixtures and their fingerprints never change."""

    def __init__(self, seed: str) -> None:
        self._stream = self._numbers(seed)

    @staticmethod
    def _numbers(seed: str) -> Iterator[int]:
        block = 0
        while True:
            yield from hashlib.sha256(f"{seed}{block}".encode()).digest()
            block += 1

    def text(self, pattern: str) -> str:
        """Return a text that the pattern matches; look-arounds are not considered."""
        return "".join(self._pieces(parser.parse(pattern)))

    def _choice(self, options: Any) -> Any:
        return options[next(self._stream) % len(options)]

    def _pieces(self, parsed: Iterable[tuple[Any, Any]]) -> Iterator[str]:
        for kind, value in parsed:
            if kind is op.LITERAL:
                yield chr(value)
            elif kind is op.IN:
                yield self._choice(_letters(value))
            elif kind is op.ANY:
                yield self._choice(ALNUM)
            elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
                least, most, inner = value
                for _ in range(min(int(most), least + EXTRA) if most > least else least):
                    yield from self._pieces(inner)
            elif kind is op.SUBPATTERN:
                yield from self._pieces(value[-1])
            elif kind is op.BRANCH:
                yield from self._pieces(self._choice(value[1]))


def _letters(members: Iterable[tuple[Any, Any]]) -> str:
    """Return the characters of a class; letters and digits alone where it has any."""
    found, negated = "", False
    for kind, value in members:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            found += chr(value)
        elif kind is op.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        elif kind is op.CATEGORY:
            found += CATEGORIES[value]
    if negated:
        return "".join(letter for letter in ALNUM if letter not in found)
    return "".join(letter for letter in found if letter.isalnum()) or found
