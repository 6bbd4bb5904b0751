"""Fingerprints: a keyed hash under a key of this installation, kept outside of any database."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from auditor.errors import ConfigError

VARIABLE = "ECS_AUDIT_FINGERPRINT_KEY"
SIZE = 32


def fingerprint(text: str, key: bytes) -> str:
    """Return 32 hex digits of HMAC-SHA256; equal secrets have equal ones under one key."""
    digest = hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return digest.hexdigest()[:32]


def key_id(key: bytes) -> str:
    """Return 8 hex digits that name a key without telling it."""
    return hashlib.sha256(b"ecs-audit key id\n" + key).hexdigest()[:8]


def key_path() -> Path:
    """Return where this installation keeps its key."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "ecs-audit" / "fingerprint.key"


def installation_key() -> bytes:
    """Return the key from the environment or the user's state folder, making it once.

    Raises ConfigError where it cannot be read, written or is not 64 hex digits.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return _parsed(given, VARIABLE)
    path = key_path()
    try:
        if not path.exists():
            _create(path)
        return _parsed(path.read_text(encoding="ascii"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The fingerprint key {path} cannot be used ({type(error).__name__}); make its folder "
            f"writable, or set {VARIABLE} to 64 hex digits."
        ) from None


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(SIZE) + "\n")
    try:
        # A link fails where another process was first: its key stands.
        os.link(whole, path)
    except FileExistsError:
        pass
    finally:
        whole.unlink()


def _parsed(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < SIZE:
        raise ConfigError(f"The fingerprint key in {where} is not 64 hex digits.")
    return key
