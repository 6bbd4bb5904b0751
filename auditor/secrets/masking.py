"""What may be stored of a value: its class, kind and keyed fingerprint; text only if harmless."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from email.errors import MessageError
from typing import Any

import msgspec

from auditor.secrets.detector import Judged, command, judge, user_data
from auditor.secrets.keys import fingerprint
from auditor.secrets.storage import may_keep
from auditor.secrets.userdata import lines
from auditor.secrets.vendors import akia_account_id

# What the scanner can raise on hostile text; anything else is a fault of the program.
SCANNER_ERRORS = (
    ValueError,  # with UnicodeError, binascii.Error and json's errors
    LookupError,  # an unknown charset in a MIME part, an index in the email parser
    RecursionError,
    OverflowError,
    MemoryError,
    re.error,
    zlib.error,
    MessageError,
)
KEY_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}")
SETTING = re.compile(r"\b(?P<name>ECS_[A-Z0-9_]{2,60})=[\"']?(?P<value>[^\s\"'>;]{0,400})")
MASKED = "@masked"


class Classified(msgspec.Struct, frozen=True):
    """A value as it is stored; ``value`` only where the allow-list keeps it."""

    value_class: str
    kind: str | None = None
    value_confidence: str | None = None
    preview: str | None = None
    fingerprint: str | None = None
    value: str | None = None
    reason: str | None = None
    akia_account_id: str | None = None


UNCLASSIFIED = Classified("unclassified")
CLASSES = frozenset("secret placeholder reference harmless unclassified".split())
FINGERPRINT = re.compile(r"[0-9a-f]{32}")
KIND = re.compile(r"[a-z][a-z0-9_]{0,60}")
PREVIEW = re.compile(r"[ -~]{0,40}…")  # a public prefix, never a value


class Masker:
    """Classifies values under one fingerprint key.

    ``accept_masked`` takes ``{"@masked": …}`` as a verdict: only for a recording that says so.
    """

    def __init__(self, key: bytes, *, accept_masked: bool = False) -> None:
        self.key, self.accept_masked = key, accept_masked

    def value(self, name: str, value: object, where: str) -> Classified:
        """Classify one value; never raises: what cannot be judged is ``unclassified``."""
        if isinstance(value, Mapping):
            return self._accepted(value)
        if not isinstance(value, str) or not isinstance(name, str):
            return UNCLASSIFIED
        try:
            found = judge(name, value, where)
        except SCANNER_ERRORS:
            return UNCLASSIFIED
        return self._stored(name, value, found, where)

    def command(self, words: object, where: str) -> list[tuple[int, Classified]]:
        """Classify each word of a command; the hit is on the word that holds the secret."""
        if not isinstance(words, list):
            return [(0, UNCLASSIFIED)]
        texts = [word if isinstance(word, str) else "" for word in words]
        try:
            hits = dict(reversed(command(texts)))
        except SCANNER_ERRORS:
            return [(index, UNCLASSIFIED) for index in range(len(words))]
        return [(i, self._word(word, hits.get(i), where)) for i, word in enumerate(words)]

    def _word(self, word: object, hit: Judged | None, where: str) -> Classified:
        if isinstance(word, Mapping):
            return self._accepted(word)
        if hit is None:
            return self.value("", word, where)
        return self._stored("", str(word), hit, where)

    def user_data(self, raw: object) -> list[tuple[str, Classified]]:
        """Return (position, verdict) of each secret; one unclassified if it cannot be read."""
        if isinstance(raw, Mapping):
            return [("", self._accepted(raw))]
        if not isinstance(raw, str | bytes):
            return [("", UNCLASSIFIED)]
        try:
            hits = user_data(raw)
        except SCANNER_ERRORS:
            return [("", UNCLASSIFIED)]
        return [(hit.position, self._stored("", hit.text, hit, "userData")) for hit in hits]

    def agent_settings(self, raw: object) -> list[tuple[str, Classified]]:
        """Return the ECS agent's settings (``ECS_NAME=value``) in readable user data."""
        if not isinstance(raw, str | bytes):
            return []
        try:
            text = "\n".join(line for _, line in lines(raw))
        except SCANNER_ERRORS:
            return []
        found = {hit["name"]: hit["value"] for hit in SETTING.finditer(text)}
        return [(name, self.value(name, value, "environment")) for name, value in found.items()]

    def _stored(self, name: str, value: str, found: Judged, where: str) -> Classified:
        verdict = found.verdict
        secret = verdict.cls == "secret"
        keys = KEY_ID.findall(value) if secret else []
        return Classified(
            verdict.cls,
            verdict.kind,
            verdict.confidence,
            verdict.preview,
            fingerprint(found.text, self.key) if secret else None,
            value if may_keep(name, value, verdict, where) else None,
            verdict.reason,
            next((a for a in map(akia_account_id, keys) if a), None),
        )

    def _accepted(self, value: Mapping[str, Any]) -> Classified:
        inner = value.get(MASKED)
        if not self.accept_masked or set(value) != {MASKED} or not isinstance(inner, Mapping):
            return UNCLASSIFIED
        cls, kind, confidence = (inner.get(key) for key in ("cls", "kind", "confidence"))
        preview, mark = inner.get("preview"), inner.get("fingerprint")
        sure = (None,) if cls != "secret" else ("high", "medium", "low")
        if cls not in CLASSES or confidence not in sure:
            return UNCLASSIFIED
        for text, form in ((kind, KIND), (preview, PREVIEW), (mark, FINGERPRINT)):
            if text is not None and not (isinstance(text, str) and form.fullmatch(text)):
                return UNCLASSIFIED
        return Classified(cls, kind, confidence, preview, mark)

    def words_for_recording(self, words: list[str], where: str) -> list[object]:
        """Return a command as a recording may hold it, word by word."""
        found = self.command(words, where)
        return [
            w if c.value is not None else masked(c) for w, (_, c) in zip(words, found, strict=True)
        ]

    def kind_unexpected(self, name: str, text: str) -> str | None:
        """Return the kind of a secret where none is expected, None for other text."""
        found = self.value(name, text, "environment")
        unsafe = found.value_class == "unclassified" or found.value_confidence in ("high", "medium")
        return (found.kind or found.value_class) if unsafe else None

    def user_data_for_recording(self, raw: object) -> object:
        """Return user data as a recording may hold it: the agent's settings, or a secret's verdict.

        A script is no text that is proven harmless, even where no secret was found in it.
        """
        if not raw:
            return raw
        found = self.user_data(raw)
        if found:
            return masked(found[0][1])
        kept = [f"{name}={c.value}" for name, c in self.agent_settings(raw) if c.value is not None]
        return "\n".join(["#!/bin/sh", *kept]) + "\n"

    def for_recording(self, name: str, value: object, where: str) -> object:
        """Return what a recording may hold of a value: itself if storable, else its verdict."""
        found = self.value(name, value, where)
        return value if found.value is not None else masked(found)


def masked(found: Classified) -> dict[str, Any]:
    """Return the object that stands for a value in a recording."""
    inner = {"cls": found.value_class, "kind": found.kind, "confidence": found.value_confidence,
             "preview": found.preview, "fingerprint": found.fingerprint}  # fmt: skip
    return {MASKED: inner}
