"""Tokens for fixtures and cases: well-formed, invalid by design, made when they are needed.

The repository holds ``@token:NAME@`` instead of anything that looks like a credential.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib

from auditor.errors import UsageError
from auditor.secrets.vendors import base62

MARK = re.compile(r"@token:([a-z0-9_]+)@")
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
    lines = "\\n".join(_text(f"{seed}{i}", 64) for i in range(4))
    return f"-----BEGIN RSA {kind}-----\\n{lines}\\n-----END RSA {kind}-----"


MADE = {
    "aws_access_key_id": lambda: "AK" + "IA" + _text("akia", 16, BASE32),
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
}  # fmt: skip


def token(name: str) -> str:
    """Return a token by name; raise UsageError for an unknown one."""
    if name not in MADE:
        raise UsageError(f"@token:{name}@ is unknown; `ecs-audit rules test --tokens` lists them")
    return MADE[name]()


def filled(text: str) -> str:
    """Return a text with its ``@token:NAME@`` marks replaced."""
    return MARK.sub(lambda mark: token(mark[1]), text) if "@token:" in text else text
