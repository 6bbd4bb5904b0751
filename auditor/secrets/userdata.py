"""Instance user data as statements: base64, gzip, MIME and cloud-init unpacked, within bounds."""

from __future__ import annotations

import base64
import binascii
import email
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from auditor.secrets.structure import private_keys

LIMIT = 1_000_000  # EC2 takes 16 KB; packed text may grow, a bomb may not
SHORTEST = 6  # a statement below this holds no secret: p=abcd
LAYERS = 4  # base64 of gzip of base64 is seen, more is not
GZIP = b"\x1f\x8b"
# Files that cloud-init writes: content: !!binary | or encoding: b64.
EMBEDDED = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40,100000}={0,2}(?![A-Za-z0-9+/=])")
# iptables -I DOCKER-USER -d 169.254.169.254/32 -j DROP, in whatever order the words stand.
DROPPED = re.compile(r"(?=.*DOCKER-USER)(?=.*169\.254\.169\.254)(?=.*\b(?:DROP|REJECT)\b)")
LOGIN = re.compile(r"\s{1,20}(?:- )?(?P<login>[a-z_][\w-]{0,31}:[^\s:'\"]{3,120})")


class Part(NamedTuple):
    """A readable part of user data; ``position`` is empty where there is only one."""

    position: str
    text: str


def split_user_data(raw: str | bytes) -> list[Part]:
    """Return the readable parts of user data; raise ValueError where it cannot be unpacked."""
    text = unpacked(raw)[:LIMIT]
    if "multipart/" not in text[:4000].lower():
        return [Part("", text)]
    message = email.message_from_string(text)
    leaves = [leaf for leaf in message.walk() if not leaf.is_multipart()]
    parts = []
    for number, leaf in enumerate(leaves, 1):
        payload = leaf.get_payload(decode=True)
        body = unpacked(payload) if isinstance(payload, bytes) else ""
        parts.append(Part(f"part {number}", body[:LIMIT]))
    return parts


def unpacked(raw: str | bytes) -> str:
    """Return user data as text; raise ValueError where its gzip is damaged."""
    data = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    for _ in range(LAYERS):
        if data.startswith(GZIP):
            data = _gunzip(data)
            continue
        plain = _base64(data)
        if plain is None:
            break
        data = plain
    return data[:LIMIT].decode("utf-8", "replace")


def _gunzip(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, LIMIT)
    except zlib.error:
        raise ValueError("user data is damaged gzip") from None


def _base64(data: bytes) -> bytes | None:
    packed = b"".join(data.split())
    if len(packed) < 16 or len(packed) % 4:
        return None
    try:
        plain = base64.b64decode(packed, validate=True)
    except binascii.Error:
        return None
    return plain if plain.startswith(GZIP) or _is_text(plain) else None


def _is_text(data: bytes) -> bool:
    text = data[:4096].decode("utf-8", "replace").rstrip("\ufffd")
    shown = sum(c.isprintable() or c.isspace() for c in text)
    return bool(text) and "\ufffd" not in text and shown > 0.97 * len(text)


def lines(raw: str | bytes) -> Iterator[tuple[str, str]]:
    """Yield (position, line) of all parts; positions read ``line 3`` or ``part 2 line 3``."""
    for part in split_user_data(raw):
        yield from _numbered(part.position, part.text)


def blocks_metadata(raw: str | bytes) -> bool:
    """Say whether bridge-mode containers are shut out of the metadata service; raise ValueError."""
    return any(DROPPED.match(line) for _, line in lines(raw))


def statements_of(raw: str | bytes) -> Iterator[tuple[str, str]]:
    """Yield (position, statement): continued lines joined, embedded files unpacked, keys whole."""
    for part in split_user_data(raw):
        yield from _chpasswd(part)
        for start, key in private_keys(part.text):
            yield _position(part.position, part.text.count("\n", 0, start) + 1), key
        seen = set()
        for position, line in _joined(_numbered(part.position, part.text)):
            if len(line.strip()) >= SHORTEST and line not in seen:
                seen.add(line)
                yield position, line
                yield from _embedded(position, line)


def _chpasswd(part: Part) -> Iterator[tuple[str, str]]:
    """Yield the logins of cloud-init's chpasswd list as the command that sets them."""
    inside = False
    for position, line in _numbered(part.position, part.text):
        if line and not line[0].isspace() and not line.startswith("-"):
            inside = line.startswith("chpasswd:")
        login = LOGIN.fullmatch(line) if inside else None
        if login:
            yield position, f"echo '{login['login']}' | chpasswd"


def _position(part: str, number: int) -> str:
    return f"{part} line {number}".strip()


def _numbered(part: str, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        yield _position(part, number), line


def _joined(numbered: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join lines that end in the shell's backslash or PowerShell's backtick."""
    start, held = "", ""
    for position, line in numbered:
        start = start or position
        held += line
        if held.endswith(("\\", " `")) and len(held) < 20_000:
            held = held[:-1] + " "
            continue
        yield start, held
        start, held = "", ""
    if held:
        yield start, held


def _embedded(position: str, line: str) -> Iterator[tuple[str, str]]:
    for hit in EMBEDDED.finditer(line):
        plain = _base64(hit.group().encode("ascii"))
        if plain is not None:
            for inner in unpacked(plain).splitlines():
                yield position, inner
