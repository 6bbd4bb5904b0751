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
KEY_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])")


class Format(NamedTuple):
    """One format of the table; ``needs`` is a literal without which it cannot match."""

    vendor: str
    kind: str
    prefix: str
    needs: str
    pattern: re.Pattern[str]
    check: str
    source: str


class Match(NamedTuple):
    """A credential found; ``checked`` False where its checksum does not fit."""

    format: Format
    text: str
    start: int
    checked: bool


@functools.cache
def formats() -> tuple[Format, ...]:
    """Read and compile the table, once."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Format(
                r["vendor"], r["kind"], r["prefix"], r["needs"],
                re.compile(rf"(?<![A-Za-z0-9])(?:{r['pattern']})(?![A-Za-z0-9])"),
                r["check"], r["source"],
            )
            for r in csv.DictReader(stream)
        )  # fmt: skip


def find(text: str) -> Iterator[Match]:
    """Yield the credentials of known vendors in a text."""
    for form in formats():
        if form.needs in text:
            for found in form.pattern.finditer(text):
                token = found.group()
                yield Match(form, token, found.start(), _checked(form.check, token))


def _checked(check: str, token: str) -> bool:
    if check == "crc32":
        body, _, rest = token.partition("_")
        payload, expected = rest[:-6], rest[-6:]
        del body
        return expected == base62(zlib.crc32(payload.encode())).rjust(6, "0")
    return check != "akia" or akia_account_id(token) is not None


def base62(number: int) -> str:
    """Return a number in base 62, as GitHub's and npm's checksums are written."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return digits or "0"


def akia_account_id(key_id: str) -> str | None:
    """Return the 12-digit account that an access key id belongs to, None for other text.

    The account stands in bits 1 to 40 of the base32 text after the four-letter prefix, as
    described publicly by Aidan Steele and by Tal Be'ery.
    """
    found = KEY_ID.fullmatch(key_id)
    if not found:
        return None
    packed = int.from_bytes(base64.b32decode(key_id[4:])[:6], "big")
    account = (packed & 0x7FFFFFFFFF80) >> 7
    return f"{account:012d}" if account < 10**12 else None
