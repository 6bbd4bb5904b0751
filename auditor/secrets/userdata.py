"""Instance user data as lines: base64, gzip and MIME parts unpacked, within bounds."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import zlib
from collections.abc import Iterator

LIMIT = 1_000_000  # EC2 takes 16 KB; packed text may grow, a bomb may not


def unpacked(raw: str | bytes) -> str:
    """Return user data as text; raise ValueError where it cannot be read."""
    data = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    for _ in range(4):
        if data[:2] == b"\x1f\x8b":
            data = _gunzip(data)
            continue
        plain = _base64(data)
        if plain is None:
            break
        data = plain
    return data.decode("utf-8", "replace")


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
    readable = plain[:2] == b"\x1f\x8b" or _is_text(plain) or _base64(plain) is not None
    return plain if readable else None


def _is_text(data: bytes) -> bool:
    try:
        text = data[:4096].decode("utf-8")
    except UnicodeDecodeError as error:
        text = data[: error.start].decode("utf-8") if error.start > 4000 else ""
    return bool(text) and sum(c.isprintable() or c.isspace() for c in text) > 0.97 * len(text)


def lines(raw: str | bytes) -> Iterator[tuple[str, str]]:
    """Yield (position, line) of all parts; positions read ``line 3`` or ``part 2 line 3``."""
    text = unpacked(raw)[:LIMIT]
    head = text[:2000].lower()
    if "content-type: multipart" in head:
        message = email.message_from_string(text, policy=email.policy.default)
        leaves = [part for part in message.walk() if not part.is_multipart()]
        for number, part in enumerate(leaves, 1):
            payload = part.get_payload(decode=True)
            body = unpacked(payload) if isinstance(payload, bytes) else ""
            for index, line in enumerate(body.splitlines(), 1):
                yield f"part {number} line {index}", line
        return
    for index, line in enumerate(text.splitlines(), 1):
        yield f"line {index}", line
