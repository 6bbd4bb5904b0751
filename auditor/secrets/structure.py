"""Credentials by structure, whatever the name: URLs, pairs, headers, JSON, PEM, JWT."""

from __future__ import annotations

import base64
import binascii
import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any, NamedTuple

from auditor.secrets import names, shapes
from auditor.secrets.standins import is_documented, is_literal, is_placeholder

LIMIT = 200_000  # as much of a text as is looked at
USERINFO = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,30})://(?P<user>[^\s/:@\"'<>`?#]{0,120}):"
    r"(?P<secret>[^\s\"'`]{1,200}?)@(?=(?:[^\s/@:?#\"'`]{1,253}|\$\{)(?:[\s:/?#\"'`,;)]|$)|/[A-Za-z])"
)
# An e-mail address is the commonest login of mail servers; a port and a path are no password.
MAIL_LOGIN = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{1,30}://(?P<user>[^\s/:@\"'<>`?#]{1,100}@[\w.-]{1,100}\.[A-Za-z]{2,20}):"
    r"(?P<secret>(?!\d{1,5}/)[^\s/@:\"'`]{1,200})@(?=[\w.-]{1,253}(?:[\s:/?#\"'`,;)]|$))"
)
TOKEN_USER = re.compile(
    r"[a-z][a-z0-9+]{1,20}://(?P<secret>[A-Za-z0-9_-]{20,200})@(?P<host>[A-Za-z0-9.-]{3,253})"
    r"(?=[/:?\s\"']|$)"
)
ORACLE = re.compile(
    r"(?:(?<![\w/.:-])|(?<=:thin:)|(?<=:oci:)|(?<=:oci8:))[A-Za-z]\w{0,30}/"
    r"(?P<secret>[^\s/@:\"']{3,60})@(?!sha\d{3}:)(?://|\(|[\w.-]{2,100}[:/][\w.-])"
)
GO_DSN = re.compile(
    r"(?<![\w.-])[\w.-]{1,80}:(?P<secret>[^\s\"'`]{1,200})@(?:tcp6?|unix|cloudsql(?:-mysql)?)\("
)
SMB = re.compile(r"(?i)\buser(?:name)?=[^,\s]{1,60},pass(?:word)?=(?P<secret>[^,\s\"']{1,120})")
QUERY = re.compile(r"[?&;](?P<key>[A-Za-z][\w.\[\]-]{1,60})=(?P<secret>[^&\s#\"'<>]{6,600})")
BASIC = re.compile(r"(?i)\bBasic(?:\s|%20|\+){1,3}(?P<secret>[A-Za-z0-9+/_-]{6,600}={0,2})")
BEARER = re.compile(
    r"(?i)\b(?:Bearer|Token|Splunk|ApiKey|Api-Key|GenieKey|SSWS|NRQL|Key|sso-key|Bot)"
    r"(?:[\s=:]|%20){1,3}[\"']?(?P<secret>[A-Za-z0-9._~+/:-]{16,3000}={0,2})"
)
# Whatever stands there is what lets one in.
AUTHORIZED = re.compile(
    r"(?i)(?P<header>\bauthorization[\"']?\s{0,3}[:=,]\s{0,3}[\"']?|^)(?:Bearer|Splunk|GenieKey|SSWS|Bot)\s{1,3}"
    r"(?P<secret>[^\s\"'`<>${}\[\]()]{6,3000})(?=[\s\"'`]|$)"
)
HEADER = re.compile(
    r"(?i)\b(?:Authorization|Proxy-Authorization|(?:X-)?[A-Za-z-]{0,30}"
    r"(?:Api-?Key|Auth-?Token|Access-?Token|Vault-Token|PRIVATE-TOKEN|Auth-?Key|Secret|Token|"
    r"License-Key|Insert-Key|honeycomb-team|Subscription-Key|Functions-Key))"
    r"[\"']?\s{0,2}[:=,\s]\s{0,2}[\"']?(?P<secret>[A-Za-z0-9._~+/-]{8,3000}={0,2})"
)
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,3000}\.eyJ[A-Za-z0-9_-]{4,6000}\.[A-Za-z0-9_-]{16,1400}")
PEM = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
PEM_LONGEST = 20_000
PUTTY = re.compile(r"\bPrivate-Lines:\s{1,3}\d{1,3}\s{1,3}(?P<secret>[A-Za-z0-9+/=\s]{40,20000})")
HASH = re.compile(
    r"(?<![A-Za-z0-9$])\$(?:2[abxy]|apr1|1|5|6|7|8|9|y|argon2(?:id?|d)|pbkdf2[a-z0-9-]{0,20}|scrypt)"
    r"\$[./A-Za-z0-9$=,+-]{10,300}"
)
AWS_PAIR = re.compile(
    r"(?<![A-Za-z0-9])AKIA[A-Z2-7]{16}[:,;|\s/]{1,3}(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
)
SECRET_URL = re.compile(
    r"https://(?:hooks|collectors|webhooks?|logs-\d{2,3}|ingest|in|http-intake)\."
    r"[A-Za-z0-9.-]{3,120}/[A-Za-z0-9/_.-]{0,120}?(?P<secret>[A-Za-z0-9_=-]{22,200})(?=[/?\s\"']|$)"
)
# Webhooks of chat servers and automation: /hooks/…, /webhook/…; the last segment lets one in.
HOOK_URL = re.compile(
    r"https?://[A-Za-z0-9.:-]{3,120}/(?:[A-Za-z0-9_.-]{1,40}/){0,5}(?:web)?hooks?/"
    r"(?:[A-Za-z0-9_.-]{1,60}/){0,5}(?P<secret>[A-Za-z0-9_=-]{20,200})(?=[/?\s\"']|$)"
)
# A user and a password with more than letters in it: a host with its port is none.
LOGIN = re.compile(
    r"(?:[\w.@+-]{1,80}:|neo4j/)(?P<secret>(?=\S{0,60}[A-Za-z])(?=\S{0,60}(?:[\d\W]|[a-z][A-Z]))[^\s:/]{5,200})"
)
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,200000}={0,2}")
PRIVATE_64 = "LS0tLS1CRUdJTi"
# Names of the members of a set of keys, which say nothing: k1, 2024, current.
VERSION = re.compile(r"[A-Za-z]{0,2}\d{1,4}|current|previous|primary|secondary|active|next|old|new")
MAYBE_HEADER = ("bearer", "honeycomb", "token", "key", "auth", "splunk", "secret", "ssws", "bot ")


class Found(NamedTuple):
    """A credential found in a text."""

    kind: str
    text: str
    reason: str
    confidence: str = "high"


def find(text: str) -> Iterator[Found]:
    """Yield the credentials of a text."""
    text = text[:LIMIT]
    if "://" in text:
        yield from _urls(text)
    elif "@" in text:
        yield from _each(ORACLE, text, "oracle_connect_string", "a connect string has a password")
        yield from _each(GO_DSN, text, "connection_string", "a connect string has a password")
    yield from _keys(text)
    yield from _headers(text)
    if "?" in text or "&" in text:
        yield from _queries(text)


def _each(pattern: re.Pattern[str], text: str, kind: str, reason: str) -> Iterator[Found]:
    for hit in pattern.finditer(text):
        if is_literal(hit["secret"], password=True):
            yield Found(kind, hit["secret"], reason)


def _urls(text: str) -> Iterator[Found]:
    for hit in (*USERINFO.finditer(text), *(MAIL_LOGIN.finditer(text) if "@" in text else ())):
        if is_userinfo(hit["user"], hit["secret"]):
            yield Found("url_userinfo", hit["secret"], "a URL carries a password")
    for hit in TOKEN_USER.finditer(text) if "@" in text else ():
        # A Sentry DSN's only key is public: it may send events, not read them.
        if shapes.is_random(hit["secret"]) and "sentry" not in hit["host"]:
            yield Found("url_userinfo", hit["secret"], "a URL carries a token")
    for hit in (*SECRET_URL.finditer(text), *HOOK_URL.finditer(text)):
        if shapes.is_random(hit["secret"]) or shapes.UUID.fullmatch(hit["secret"]):
            yield Found("secret_url", hit["secret"], "the URL itself lets one in")


def is_userinfo(user: str, secret: str) -> bool:
    """Say whether a URL's user and password are real ones: ``user:password@`` are not."""
    stand_ins = ("user", "username", "myuser", "dbuser", "db_user", "your_user", "youruser")
    words = ("password", "pass", "passwd", "pwd", "secret", "mypassword", "pw")
    if user.lower() in stand_ins and secret.lower() in words:
        return False
    return is_literal(secret, password=True)


def has_filled_in(text: str) -> bool:
    """Say whether a URL has a placeholder where its password goes."""
    for hit in USERINFO.finditer(text[:2000]) if "://" in text else ():
        secret = hit["secret"]
        if is_placeholder(secret, password=True) or not is_userinfo(hit["user"], secret):
            return "$" not in secret and "{{" not in secret
    return False


def _keys(text: str) -> Iterator[Found]:
    for _, key in private_keys(text):
        yield Found("pem_private_key", key, "it holds a private key")
    if "PuTTY-User-Key-File" in text:
        yield from _each(PUTTY, text, "putty_private_key", "it holds a private key")
    if PRIVATE_64 in text and "PRIVATE KEY" in decoded(text[text.index(PRIVATE_64) :][:4096]):
        yield Found("pem_private_key", text, "it holds an encoded private key")
    for hit in JWT.finditer(text) if "eyJ" in text else ():
        if not is_documented(hit.group()):
            yield Found("jwt", hit.group(), "it holds a signed JSON Web Token")
    for hit in HASH.finditer(text) if "$" in text else ():
        yield Found("password_hash", hit.group(), "it holds the hash of a password", "medium")
    for hit in AWS_PAIR.finditer(text) if "AKIA" in text else ():
        yield Found("aws_access_key_pair", hit["secret"], "it holds an AWS key id and its secret")


def private_keys(text: str) -> Iterator[tuple[int, str]]:
    """Yield (where it begins, its text) of each private key in PEM form."""
    for hit in PEM.finditer(text) if "PRIVATE KEY" in text else ():
        body = text[hit.end() : hit.end() + PEM_LONGEST].partition("-----")[0]
        if len(body) >= 20 and not is_placeholder(re.sub(r"\s|\\n", "", body)):
            yield hit.start(), hit.group() + body


def _headers(text: str) -> Iterator[Found]:
    low = text.lower()
    for hit in BASIC.finditer(text) if "basic" in low else ():
        _, colon, password = decoded(hit["secret"]).partition(":")
        if colon and password.isprintable() and is_literal(password, password=True):
            yield Found("basic_auth", hit["secret"], "it holds a Basic authorization header")
    if not any(word in low for word in MAYBE_HEADER):
        return
    for hit in AUTHORIZED.finditer(text):
        if is_literal(hit["secret"]) and (hit["header"] or not hit["secret"].isalpha()):
            yield Found("bearer_token", hit["secret"], "it holds an authorization token")
    for hit in BEARER.finditer(text):
        if is_literal(hit["secret"]) and _is_token(hit["secret"]):
            yield Found("bearer_token", hit["secret"], "it holds an authorization token")
    for hit in HEADER.finditer(text):
        if is_literal(hit["secret"]) and _is_token(hit["secret"]):
            yield Found("auth_header", hit["secret"], "it holds an authorization header")


def _is_token(text: str) -> bool:
    """Tell a header's token from the words after it."""
    if shapes.UUID.fullmatch(text):
        return True
    scrambled = len(text) >= 12 and shapes.is_scrambled(text)
    return (scrambled or shapes.is_random(text)) and not shapes.is_locator(text)


def _queries(text: str) -> Iterator[Found]:
    for hit in QUERY.finditer(text):
        key, secret = hit["key"], hit["secret"]
        said = names.judge(key)
        told = said.announces or key.lower() in ("sig", "signature", "key", "auth", "code", "pw")
        if not told or not is_literal(secret, password=said.role == "password"):
            continue
        mixed = said.strong and not said.soft and len(secret) >= 8 and _has_both(secret)
        if said.role == "password" or key.lower() == "pw" or mixed or _is_token(secret):
            yield Found("url_query_token", secret, "a URL's query carries a secret")


def _has_both(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def is_login(text: str) -> bool:
    """Say whether base64 text holds ``user:password``, as registries and npm keep it."""
    user, colon, password = decoded(text).partition(":")
    return bool(user and colon and password) and f"{user}{password}".isprintable()


def decoded(text: str) -> str:
    """Return base64 text decoded as UTF-8, or nothing."""
    packed = re.sub(r"\s", "", text).rstrip("=").replace("-", "+").replace("_", "/")
    packed = packed[: len(packed) - (1 if len(packed) % 4 == 1 else 0)]
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def unwrapped(text: str) -> str:
    """Return what base64 or percent-encoded text holds if that is readable, else nothing."""
    if "%3A%2F%2F" in text[:200].upper():
        return urllib.parse.unquote(text[:LIMIT])
    if len(text) < 24 or len(text) > LIMIT or not BASE64.fullmatch(text):
        return ""
    plain = decoded(text)
    head = plain[:2000]
    readable = head and all(c.isprintable() or c in "\r\n\t" for c in head) and head.isascii()
    return plain if readable else ""


def members(text: str, name: str = "") -> list[tuple[str, str]] | None:
    """Return the (name, text) members of a JSON value; None for other text.

    ``name`` is that of the whole: what stands in its lists, or under a mere number, has it too.
    """
    bare = text.strip()
    if not bare.startswith(("{", "[", '"{', '"[')) or len(bare) > LIMIT:
        return None
    try:
        parsed = json.loads(bare)
        parsed = json.loads(parsed) if isinstance(parsed, str) else parsed
    except (ValueError, RecursionError):
        return None
    found: list[tuple[str, str]] = []
    _walk(name, parsed, found, 0)
    return found


def _walk(name: str, value: Any, found: list[tuple[str, str]], depth: int) -> None:
    if isinstance(value, str):
        found.append((name, value))
    elif isinstance(value, int) and not isinstance(value, bool):
        found.append((name, str(value)))
    elif isinstance(value, dict) and depth < 8:
        for key, inner in _named(value).items():
            _walk(name if VERSION.fullmatch(key) else str(key), inner, found, depth + 1)
    elif isinstance(value, list) and depth < 8:
        for inner in value[:1000]:
            _walk(name, inner, found, depth + 1)


def _named(value: dict[str, Any]) -> dict[str, Any]:
    """Read {"name": N, "value": V}, as environments are written, as {N: V}."""
    small = {str(key).lower(): inner for key, inner in value.items()}
    name = small.get("name") or small.get("key")
    if isinstance(name, str) and isinstance(small.get("value"), str):
        return {name: small["value"]}
    return value
