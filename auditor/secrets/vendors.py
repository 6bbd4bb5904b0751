"""Vendors' credential formats: a table of bounded patterns, some with a checksum."""

from __future__ import annotations

import base64
import csv
import functools
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("vendors.csv")
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_ID = re.compile(r"(?:AKIA|ASIA)[A-Z2-7]{16}")
HEAD = 3  # letters of a marker by which a text's formats are looked up
DISTINCT = 6  # fewer different characters than this are a filler, not a token


class Format(NamedTuple):
    """One row of the table; ``marker`` is a literal without which the pattern cannot match."""

    vendor: str
    kind: str
    public: bool  # published by design, as Stripe's pk_ keys are
    prefix: str
    marker: str
    pattern: re.Pattern[str]
    checksum: str
    source: str


class Match(NamedTuple):
    """A credential found; ``checked`` False where its checksum does not fit."""

    format: Format
    text: str
    start: int
    checked: bool

    @property
    def preview(self) -> str:
        """The public prefix, if the text begins with it."""
        return self.format.prefix if self.text.startswith(self.format.prefix) else ""


@functools.cache
def formats() -> tuple[Format, ...]:
    """Read and compile the table, once."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple(map(_format, csv.DictReader(stream)))


def _format(row: dict[str, str]) -> Format:
    bounded = re.compile(rf"(?<![A-Za-z0-9_.-])(?:{row['pattern']})(?![A-Za-z0-9])")
    return Format(
        row["vendor"],
        row["kind"],
        row["class"] == "public",
        row["prefix"],
        row["marker"] or row["prefix"],
        bounded,
        row["checksum"],
        row["source"],
    )


@functools.cache
def _by_head() -> tuple[dict[str, list[int]], list[int]]:
    """Return the formats' numbers by the head of their marker, and those with a short one."""
    heads: dict[str, list[int]] = {}
    short = []
    for number, form in enumerate(formats()):
        if len(form.marker) < HEAD:
            short.append(number)
        else:
            heads.setdefault(form.marker[:HEAD], []).append(number)
    return heads, short


def _candidates(text: str) -> list[Format]:
    """Return the formats whose marker stands in a text, in the order of the table."""
    table = formats()
    heads, short = _by_head()
    pieces = {text[at : at + HEAD] for at in range(len(text) - HEAD + 1)}
    numbers = [number for piece in pieces & heads.keys() for number in heads[piece]]
    return [table[n] for n in sorted(numbers + short) if table[n].marker in text]


def find(text: str) -> Iterator[Match]:
    """Yield the credentials of known vendors in a text, public ones too."""
    for form in _candidates(text):
        for found in form.pattern.finditer(text):
            token = found.group()
            if _is_generated(token.removeprefix(form.prefix)):
                yield Match(form, token, found.start(), _is_valid(form.checksum, token))


def best(text: str) -> Match | None:
    """Return the secret of the most specific format in a text."""
    secrets = (match for match in find(text) if not match.format.public)
    return max(secrets, key=_rank, default=None)


def _rank(match: Match) -> tuple[bool, int, int]:
    return match.checked, len(match.format.prefix), len(match.text)


def is_public(text: str) -> bool:
    """Say whether the whole text is a key that its vendor means to be published."""
    return any(match.format.public and match.text == text for match in find(text))


def _is_generated(tail: str) -> bool:
    """Tell a generated tail from words: ``sk_live_some_feature_flag`` is not a key."""
    if len(set(tail)) < DISTINCT:
        return False
    mixed = tail != tail.lower() and tail != tail.upper()
    return mixed or any(map(str.isdigit, tail)) or (tail.isupper() and tail.isalpha())


def _is_valid(checksum: str, token: str) -> bool:
    if checksum == "crc32":
        payload, expected = token.partition("_")[2][:-6], token[-6:]
        return expected == base62(zlib.crc32(payload.encode())).rjust(6, "0")
    return checksum != "akia" or _is_old_key_id(token) or akia_account_id(token) is not None


def base62(number: int) -> str:
    """Return a number in base 62, as GitHub's and npm's checksums are written."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return digits or "0"


def _is_old_key_id(key_id: str) -> bool:
    """Say whether an id has the older form (…IAI…, …IAJ…), which does not carry the account."""
    return key_id[4:5] in ("I", "J")


def akia_account_id(key_id: str) -> str | None:
    """Return the 12-digit account that an access key id belongs to, None for other text.

    The account stands in 40 bits of the base32 text behind the prefix, as Aidan Steele and
    Tal Be'ery described publicly; ids of the older form do not carry it.
    """
    if not KEY_ID.fullmatch(key_id) or _is_old_key_id(key_id):
        return None
    packed = int.from_bytes(base64.b32decode(key_id[4:])[:6], "big")
    account = (packed & 0x7FFFFFFFFF80) >> 7
    return f"{account:012d}" if account < 10**12 else None
