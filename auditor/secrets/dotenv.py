"""Environment files as names and values: quotes, comments, and values of several lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

ASSIGNED = re.compile(
    r"\s*(?:export\s+)?(?P<name>[^\s=#\"'{}\[\]:,]{1,200})\s*=\s*(?P<value>.*)", re.DOTALL
)
# A name alone passes the caller's variable on; the rest is blank, a comment or the shell's.
BARE = re.compile(r"\s*(?:export\s+)?[A-Za-z_][\w.-]{0,199}\s*|\s*(?:[#;].*)?|\s*set\s+[-+]\w+\s*")
COMMENT = re.compile(r"\s#.*")
MOST_LINES = 400  # of one quoted value


class Assignment(NamedTuple):
    """A variable of an environment file and the line that it begins on."""

    line: int
    name: str
    value: str


def assignments(text: str) -> Iterator[Assignment]:
    """Yield the variables of a file; raise ValueError naming the line that is none."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        found = ASSIGNED.fullmatch(lines[at])
        if found is None:
            if not BARE.fullmatch(lines[at]):
                raise ValueError(f"line {at + 1}")
            at += 1
            continue
        value, taken = _value(found["value"], lines[at + 1 : at + MOST_LINES])
        yield Assignment(at + 1, found["name"], value)
        at += 1 + taken


def _value(rest: str, following: list[str]) -> tuple[str, int]:
    """Return a value without its quotes and comment, and how many further lines it takes."""
    quote = rest[:1]
    if quote not in ("'", '"'):
        return COMMENT.sub("", rest, count=1).strip(), 0
    whole, taken = rest[1:], 0
    while (end := _end(whole, quote)) < 0 and taken < len(following):
        whole += "\n" + following[taken]
        taken += 1
    # Without a closing quote the mark belongs to the value, and the line ends it.
    return (whole[:end], taken) if end >= 0 else (rest[1:].strip(), 0)


def _end(text: str, quote: str) -> int:
    """Return where the closing quote stands, -1 without one; a backslash hides a double quote."""
    at = text.find(quote)
    while quote == '"' and at > 0 and text[at - 1] == "\\":
        at = text.find(quote, at + 1)
    return at
