"""Tokens for fixtures and cases: well-formed, invalid by design, made when they are needed.

The repository holds ``@token:NAME@`` instead of anything that looks like a credential. Names are
the kinds of the vendor table, the vendors themselves (their first kind), and a few forms that no
vendor owns. No token was ever issued: each is spun from the hash of its name.
"""

from __future__ import annotations

import base64
import csv
import difflib
import functools
import hashlib
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

from auditor.casebench.sampler import Sampler
from auditor.errors import UsageError
from auditor.secrets.vendors import TABLE, base62

MARK = re.compile(r"@token:([A-Za-z0-9_.-]+)@")
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ALNUM = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def _text(seed: str, length: int, letters: str = ALNUM) -> str:
    digest = b"".join(
        hashlib.sha256(f"{seed}{i}".encode()).digest() for i in range(length // 32 + 1)
    )
    return "".join(letters[byte % len(letters)] for byte in digest[:length])


def _hex(seed: str, length: int) -> str:
    return _text(seed, length, "0123456789abcdef")


def _checked(prefix: str, seed: str) -> str:
    body = _text(seed, 30)
    return f"{prefix}_{body}{base62(zlib.crc32(body.encode())).rjust(6, '0')}"


def _jwt(seed: str) -> str:
    head, body = (
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"fixture","iat":1700000000}')
    )
    return f"{head}.{body}.{_text(seed, 43)}"


def _pem(seed: str) -> str:
    kind = "PRIVATE" + " KEY"
    lines = "\n".join(_text(f"{seed}{i}", 64) for i in range(4))
    return f"-----BEGIN RSA {kind}-----\n{lines}\n-----END RSA {kind}-----"


OWN: dict[str, Callable[[], str]] = {
    "aws_access_key_id": lambda: "AK" + "IA" + _text("akia", 16, BASE32),
    "aws_temporary_key_id": lambda: "AS" + "IA" + _text("asia", 16, BASE32),
    "aws_secret_access_key": lambda: _text("aws-secret", 40),
    "github_pat": lambda: _checked("gh" + "p", "github"),
    "npm_token": lambda: _checked("np" + "m", "npm"),
    "slack_webhook": lambda: "https://hooks.slack.com/services/T0" + _text("slack", 8).upper()
    + "/B0" + _text("slack-b", 8).upper() + "/" + _text("slack-c", 24),
    "slack_bot_token": lambda: "xo" + "xb-" + "123456789012-1234567890123-" + _text("bot", 24),
    "stripe_secret_key": lambda: "sk" + "_live_" + _text("stripe", 24),
    "sendgrid_key": lambda: "SG" + "." + _text("sg", 22) + "." + _text("sg2", 43),
    "gitlab_pat": lambda: "gl" + "pat-" + _text("gitlab", 20),
    "google_api_key": lambda: "AI" + "za" + _text("google", 35),
    "openai_key": lambda: "sk" + "-proj-" + _text("openai", 48),
    "datadog_key": lambda: _hex("datadog", 32),
    "splunk_token": lambda: "-".join(_hex(f"splunk{n}", n) for n in (8, 4, 4, 4, 12)),
    "hex32": lambda: _hex("hex", 32),
    "password": lambda: _text("password", 18) + "#7",
    "jwt": lambda: _jwt("jwt"),
    "pem_private_key": lambda: _pem("pem"),
    "aws": lambda: "AK" + "IA" + _text("akia", 16, BASE32),
    "github": lambda: _checked("gh" + "p", "github"),
}  # fmt: skip


def _sampled(kind: str, pattern: str) -> Callable[[], str]:
    return lambda: Sampler(kind).text(pattern)


def _made() -> dict[str, Callable[[], str]]:
    found: dict[str, Callable[[], str]] = {}
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            # A sampled text would not carry the checksum that a format asks for.
            if row["class"] == "secret" and not row["checksum"]:
                maker = _sampled(row["kind"], row["pattern"])
                found.setdefault(row["kind"], maker)
                found.setdefault(row["vendor"], maker)
    return found | OWN


MADE = _made()


@functools.cache
def token(name: str) -> str:
    """Return a token by name; raise UsageError for an unknown one."""
    plain = name.lower().replace("-", "_")
    if plain not in MADE:
        near = difflib.get_close_matches(plain, MADE, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"@token:{name}@ is unknown; {hint}`ecs-audit rules test --tokens` lists them"
        )
    return MADE[plain]()


def filled(value: Any) -> Any:
    """Return a value with the ``@token:NAME@`` marks in its strings replaced."""
    if isinstance(value, str):
        return MARK.sub(lambda mark: token(mark[1]), value) if "@token:" in value else value
    if isinstance(value, list):
        return [filled(one) for one in value]
    if isinstance(value, dict):
        return {filled(key): filled(one) for key, one in value.items()}
    return value


def filled_json(text: str) -> str:
    """Return JSON text with the marks replaced, escaped as JSON strings are."""
    return MARK.sub(lambda mark: json.dumps(token(mark[1]))[1:-1], text)
