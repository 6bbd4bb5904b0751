"""Credentials by structure, whatever the name: URLs, pairs, headers, JSON, PEM, JWT."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.secrets import names, shapes

USERINFO = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<user>[^\s/:@\"'<>`]{0,120}):(?P<secret>[^\s/@\"'`]{1,200})@"
    r"(?=[^\s/@])"
)
ORACLE = re.compile(
    r"(?<![\w/])[A-Za-z]\w{0,30}/(?P<secret>[^\s/@:]{3,60})@(?://)?[\w.-]{2,100}[:/]\S"
)
PAIR = re.compile(
    r"(?:^|[\s;&?,{(])[\"']?(?P<key>[A-Za-z][\w .-]{0,40}?)[\"']?\s{0,3}[=:]\s{0,3}"
    r"[\"']?(?P<secret>[^\s\"';&,}]{3,300})"
)
HINT = re.compile(r"(?i)pass|pwd|secret|token|key|sig")
QUERY = re.compile(
    r"(?i)[?&](?P<key>access_token|token|api_?key|apikey|key|secret|client_secret|password|auth|"
    r"signature|sig)=(?P<secret>[^&\s#\"']{12,400})"
)
BASIC = re.compile(r"(?i)\bBasic\s{1,3}(?P<secret>[A-Za-z0-9+/_-]{6,600}={0,2})")
BEARER = re.compile(r"(?i)\b(?:Bearer|Token)\s{1,3}(?P<secret>[A-Za-z0-9._~+/-]{16,3000}={0,2})")
HEADER = re.compile(
    r"(?i)\b(?:X-Api-Key|X-Auth-Token|Api-Key|X-Vault-Token|PRIVATE-TOKEN|DD-API-KEY|Authorization)"
    r"\s{0,2}:\s{0,2}(?P<secret>[A-Za-z0-9._~+/=-]{8,400})"
)
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,3000}\.eyJ[A-Za-z0-9_-]{4,6000}\.[A-Za-z0-9_-]{16,1400}")
PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
PEM64 = "LS0tLS1CRUdJTi"
CONTAINS = re.compile(r"(?i)(?:server|data source|host|hostname|endpoint|user id|uid|user|username|"
                      r"dbname|database|accountname|addr|driver)\s{0,3}=")  # fmt: skip
LIMIT = 200_000


class Found(NamedTuple):
    """A credential by structure."""

    kind: str
    text: str
    reason: str


def literal(text: str) -> bool:
    """Say whether a part is a value rather than a variable, a template or a placeholder."""
    bare = text.strip("\"'")
    return not (
        bare.startswith(("$", "%(", "{{", "<", "#{"))
        or "${" in bare
        or shapes.is_reference(bare)
        or shapes.is_placeholder(bare)
        or set(bare) <= set("*xX.")
    )


def find(text: str) -> Iterator[Found]:
    """Yield the credentials of a text."""
    text = text[:LIMIT]
    if "://" in text:
        for hit in USERINFO.finditer(text):
            if literal(hit["secret"]):
                yield Found("url_userinfo", hit["secret"], "a URL carries a password")
    if "@" in text and "/" in text and "://" not in text:
        for hit in ORACLE.finditer(text):
            if literal(hit["secret"]):
                yield Found("oracle_connect_string", hit["secret"], "a connect string has one")
    yield from _keys(text)
    yield from _headers(text)
    if "=" in text or ":" in text:
        yield from _pairs(text)


def _keys(text: str) -> Iterator[Found]:
    if "PRIVATE KEY" in text and PEM.search(text):
        yield Found("pem_private_key", text, "it holds a private key")
    if PEM64 in text and "PRIVATE KEY" in decoded(text[text.index(PEM64) :][:4096]):
        yield Found("pem_private_key", text, "it holds an encoded private key")
    for hit in JWT.finditer(text) if "eyJ" in text else ():
        yield Found("jwt", hit.group(), "it holds a signed JSON Web Token")
    for hit in shapes.HASH.finditer(text) if "$" in text else ():
        yield Found("password_hash", hit.group(), "it holds the hash of a password")


def _headers(text: str) -> Iterator[Found]:
    low = text.lower()
    for hit in BASIC.finditer(text) if "basic" in low else ():
        plain = decoded(hit["secret"])
        _, colon, password = plain.partition(":")
        if colon and password and plain.isprintable() and literal(password):
            yield Found("basic_auth", hit["secret"], "it holds a Basic authorization header")
    for hit in BEARER.finditer(text) if "bearer" in low or "token" in low else ():
        if literal(hit["secret"]) and (shapes.is_random(hit["secret"])):
            yield Found("bearer_token", hit["secret"], "it holds a bearer token")
    for hit in HEADER.finditer(text) if ":" in text else ():
        if literal(hit["secret"]) and shapes.is_random(hit["secret"]):
            yield Found("auth_header", hit["secret"], "it holds an authorization header")


def _pairs(text: str) -> Iterator[Found]:
    for hit in QUERY.finditer(text) if "?" in text or "&" in text else ():
        if literal(hit["secret"]) and shapes.is_random(hit["secret"]):
            yield Found("url_query_token", hit["secret"], "a URL's query carries a token")
    if not HINT.search(text) or not (CONTAINS.search(text) or "assword" in text.lower()):
        return
    for hit in PAIR.finditer(text):
        name = names.judge(hit["key"].replace(" ", "_"))
        value = hit["secret"]
        if name.neutral or name.public or not literal(value) or shapes.is_plain(value):
            continue
        if name.role == "password" or (name.role and shapes.is_random(value)):
            yield Found("connection_string", value, "a key and value pair holds a password")


def decoded(text: str) -> str:
    """Return base64 text decoded as UTF-8, or nothing."""
    packed = re.sub(r"\s", "", text).rstrip("=").replace("-", "+").replace("_", "/")
    packed = packed[: len(packed) - (1 if len(packed) % 4 == 1 else 0)]
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def members(text: str) -> list[tuple[str, str]] | None:
    """Return the (name, text) members of a JSON value, encoded or not; None for other text."""
    bare = text.strip()
    if bare.startswith("eyJ") and "." not in bare:
        bare = decoded(bare)
    if not bare.startswith(("{", "[")) or len(bare) > LIMIT:
        return None
    try:
        parsed = json.loads(bare)
    except (ValueError, RecursionError):
        return None
    found: list[tuple[str, str]] = []
    _walk("", parsed, found, 0)
    return found


def _walk(name: str, value: Any, found: list[tuple[str, str]], depth: int) -> None:
    if isinstance(value, str):
        found.append((name, value))
    elif isinstance(value, dict) and depth < 8:
        for key, inner in value.items():
            _walk(str(key), inner, found, depth + 1)
    elif isinstance(value, list) and depth < 8:
        for inner in value[:1000]:
            _walk(name, inner, found, depth + 1)
