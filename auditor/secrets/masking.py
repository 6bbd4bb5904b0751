"""What may be stored of a value: its class, kind and keyed fingerprint; text only if harmless."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from email.errors import MessageError
from typing import Annotated, Any

import msgspec

from auditor.secrets.detector import Judged, command, judge, user_data
from auditor.secrets.keys import fingerprint
from auditor.secrets.storage import may_keep
from auditor.secrets.userdata import blocks_metadata, lines
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
ACCOUNT = re.compile(r"[0-9]{12}")
Position = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9 ]{0,40}$")]
Setting = Annotated[str, msgspec.Meta(pattern=r"^ECS_[A-Z0-9_]{2,60}$")]


class Script(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a recording tells of user data, whose text it does not hold: all that is read of it."""

    hits: list[tuple[Position, dict[str, Any]]] | None = None  # None: it tells nothing
    settings: dict[Setting, Any] = {}
    blocks_metadata: bool | None = None


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
            told = self._script(raw).hits
            if told is None:
                return [("", self._accepted(raw))]
            return [(position, self._accepted(hit)) for position, hit in told]
        if not isinstance(raw, str | bytes):
            return [("", UNCLASSIFIED)]
        try:
            hits = user_data(raw)
        except SCANNER_ERRORS:
            return [("", UNCLASSIFIED)]
        return [(hit.position, self._stored("", hit.text, hit, "userData")) for hit in hits]

    def agent_settings(self, raw: object) -> list[tuple[str, Classified]]:
        """Return the ECS agent's settings (``ECS_NAME=value``) in readable user data."""
        found: dict[str, Any] = {}
        if isinstance(raw, Mapping):
            found = self._script(raw).settings
        elif isinstance(raw, str | bytes):
            try:
                text = "\n".join(line for _, line in lines(raw))
            except SCANNER_ERRORS:
                return []
            found = {hit["name"]: hit["value"] for hit in SETTING.finditer(text)}
        return [(name, self.value(name, value, "environment")) for name, value in found.items()]

    def blocks_metadata(self, raw: object) -> bool | None:
        """Say whether user data shuts containers out of the metadata service; None if unread."""
        if isinstance(raw, Mapping):
            return self._script(raw).blocks_metadata
        if not raw:
            return False
        try:
            return blocks_metadata(raw) if isinstance(raw, str | bytes) else None
        except SCANNER_ERRORS:
            return None

    def _script(self, value: Mapping[str, Any]) -> Script:
        """Return what a recording tells of user data beside the verdict on it."""
        if self._accepted(value) == UNCLASSIFIED:
            return Script()
        try:
            return msgspec.convert(value[MASKED].get("script", {}), Script)
        except msgspec.ValidationError:
            return Script()

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
        account = inner.get("akia_account_id")
        sure = (None,) if cls != "secret" else ("high", "medium", "low")
        if cls not in CLASSES or confidence not in sure:
            return UNCLASSIFIED
        for text, form in ((kind, KIND), (preview, PREVIEW), (mark, FINGERPRINT),
                           (account, ACCOUNT)):  # fmt: skip
            if text is not None and not (isinstance(text, str) and form.fullmatch(text)):
                return UNCLASSIFIED
        return Classified(cls, kind, confidence, preview, mark, akia_account_id=account)

    def words_for_recording(self, words: list[object], where: str) -> list[object]:
        """Return a command as a recording may hold it, word by word."""
        found = self.command(words, where)
        return [_recorded(w, c) for w, (_, c) in zip(words, found, strict=True)]

    def kind_unexpected(self, name: str, text: str) -> str | None:
        """Return the kind of a secret where none is expected, None for other text."""
        found = self.value(name, text, "environment")
        unsafe = found.value_class == "unclassified" or found.value_confidence in ("high", "medium")
        return (found.kind or found.value_class) if unsafe else None

    def user_data_for_recording(self, raw: object) -> object:
        """Return user data as a recording may hold it: its verdict, and what else is read of it.

        A script is no text that is proven harmless, even where no secret was found in it.
        """
        if not raw:
            return raw
        hits = self.user_data(raw)
        script = Script(
            [(position, masked(found)) for position, found in hits],
            {n: masked(c) if c.value is None else c.value for n, c in self.agent_settings(raw)},
            self.blocks_metadata(raw),
        )
        whole = masked(hits[0][1] if hits else Classified("harmless"))
        return {MASKED: {**whole[MASKED], "script": msgspec.to_builtins(script)}}

    def for_recording(self, name: str, value: object, where: str) -> object:
        """Return what a recording may hold of a value: itself if storable, else its verdict."""
        return _recorded(value, self.value(name, value, where))


def _recorded(value: object, found: Classified) -> object:
    return value if found.value is not None else masked(found)


def masked(found: Classified) -> dict[str, Any]:
    """Return the object that stands for a value in a recording."""
    inner = {"cls": found.value_class, "kind": found.kind, "confidence": found.value_confidence,
             "preview": found.preview, "fingerprint": found.fingerprint}  # fmt: skip
    if found.akia_account_id:
        inner["akia_account_id"] = found.akia_account_id
    return {MASKED: inner}
