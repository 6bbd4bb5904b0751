"""Make texts that a regular expression matches, from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Iterable
from re import _constants as op
from re import _parser as parser
from typing import Any

CATEGORIES = {
    op.CATEGORY_DIGIT: "0123456789",
    op.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
    op.CATEGORY_SPACE: " ",
}
ALNUM = CATEGORIES[op.CATEGORY_WORD].removesuffix("_")
PRINTABLE = "".join(map(chr, range(33, 127)))
LONGEST = 40  # of an open-ended repetition, beyond its minimum


def sample(pattern: str, rng: random.Random) -> str:
    """Return a text that the pattern matches; assertions are not looked at."""
    return "".join(_tokens(parser.parse(pattern), rng))


def _tokens(parsed: Iterable[tuple[Any, Any]], rng: random.Random) -> Iterable[str]:
    for kind, value in parsed:
        if kind is op.LITERAL:
            yield chr(value)
        elif kind is op.IN:
            yield rng.choice(_letters(value))
        elif kind is op.ANY:
            yield rng.choice(PRINTABLE)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, inner = value
            for _ in range(rng.randint(least, min(int(most), least + LONGEST))):
                yield from _tokens(inner, rng)
        elif kind is op.SUBPATTERN:
            yield from _tokens(value[-1], rng)
        elif kind is op.BRANCH:
            yield from _tokens(rng.choice(value[1]), rng)
        elif kind not in (op.ASSERT, op.ASSERT_NOT, op.AT):
            raise ValueError(f"the sampler does not know {kind}")


def _letters(items: Iterable[tuple[Any, Any]]) -> str:
    found, negated = "", False
    for kind, value in items:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            found += chr(value)
        elif kind is op.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        elif kind is op.CATEGORY:
            found += CATEGORIES[value]
        else:
            raise ValueError(f"the sampler does not know {kind}")
    return "".join(c for c in ALNUM if c not in found) if negated else found
