"""Say of a value whether it is a secret, a placeholder, a reference or harmless, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from auditor.secrets import commands, names, shapes, structure, userdata, vendors

Class = Literal["secret", "placeholder", "reference", "harmless"]
Confidence = Literal["high", "medium", "low"]
PLACES = frozenset(
    "environment command entryPoint dockerLabels logOptions healthCheck userData tags overrides "
    "firelensOptions".split()
)
COMMANDS = frozenset("command entryPoint healthCheck".split())
MASK = "…"
STATIC_AWS = frozenset("AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN".split())
# Options of log drivers that hold a credential though their name does not say so.
LOG_KEYS = frozenset(
    "splunk-token apikey api_key license_key licensekey cloud_auth http_passwd shared_key "
    "splunk_token password passwd sasl_password rdkafka.sasl.password secret_key token".split()
)
COMMIT = ("sha", "revision", "commit", "digest", "checksum", "etag", "hash", "build", "version",
          "fingerprint", "uuid", "guid")  # fmt: skip


class Verdict(msgspec.Struct, frozen=True):
    """What a value is; ``preview`` shows a public vendor prefix at most, ``reason`` no value."""

    cls: Class
    kind: str
    confidence: Confidence | None
    preview: str
    reason: str = ""


class Judged(NamedTuple):
    """A verdict with the secret's own text, for fingerprints, and where it stands."""

    verdict: Verdict
    text: str
    position: str = ""


def classify(name: str, value: str | list[str], where: str = "environment") -> Verdict:
    """Classify a value by itself and by its name.

    ``where`` is one of environment, command, entryPoint, dockerLabels, logOptions, healthCheck,
    userData, tags, overrides, firelensOptions; a command may be given as a list of words.
    Raises ValueError for other types or places.
    """
    return judge(name, value, where).verdict


def judge(name: str, value: str | list[str], where: str) -> Judged:
    """Classify, and keep the secret's text beside the verdict."""
    if where not in PLACES:
        raise ValueError(f"where is {where!r}; it is one of {', '.join(sorted(PLACES))}")
    if not isinstance(name, str):
        raise ValueError("name is not text")
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        hits = command(value)
        return hits[0][1] if hits else _harmless("command", "no word holds a secret", "")
    if not isinstance(value, str):
        raise ValueError("value is neither text nor a list of texts")
    if where == "userData":
        found = next((hit for hit in user_data(value)), None)
        return found or _harmless("user_data", "no statement holds a secret", value)
    if where in COMMANDS:
        hits = command([value])
        return hits[0][1] if hits else _harmless("command", "no word holds a secret", value)
    return _value(name, value, where)


def command(words: Sequence[str]) -> list[tuple[int, Judged]]:
    """Return (index of the word, verdict) for each secret on a command line."""
    found = [
        (spot.word, _secret(spot.kind, "high", spot.text, spot.reason))
        for spot in commands.find(words)
    ]
    taken = {index for index, _ in found}
    for index, word in enumerate(words):
        if index not in taken:
            credential = _credential("", word)
            if credential:
                found.append((index, credential))
    return sorted(found, key=lambda hit: hit[0])


def user_data(text: str) -> list[Judged]:
    """Return the secrets of instance user data, each with its line."""
    found: list[Judged] = []
    for position, line in userdata.lines(text):
        hit = next(iter(command([line])), None)
        if hit:
            found.append(hit[1]._replace(position=position))
    return found


def _value(name: str, value: str, where: str) -> Judged:
    text = value.strip()
    said = names.judge(name)
    if not text:
        return _harmless("empty", "it is empty", value)
    if shapes.is_reference(text) and not _is_random_path(text):
        return _judged("reference", "reference", "it points elsewhere", text)
    credential = _credential(name, text)
    if credential and not (said.public and credential.verdict.kind in PUBLISHABLE):
        return credential
    if where == "logOptions" and name.lower() in LOG_KEYS and structure.literal(text):
        return _secret("log_credential", "high", text, "the option is a credential")
    return _by_name(name, text, said, where)


PUBLISHABLE = frozenset("google_api_key jwt clickup_token".split())


def _is_random_path(text: str) -> bool:
    return text.startswith("/") and not shapes.is_path(text)


def _credential(name: str, text: str) -> Judged | None:
    """Return what the text is by its own form, whatever its name."""
    if name in STATIC_AWS and structure.literal(text) and len(text) >= 16:
        return _secret("aws_secret_access_key", "high", text, "it is a static AWS key")
    for match in vendors.find(text):
        if _documented(match.text):
            return _judged("placeholder", "documentation_key", "documentation shows it", text)
        confidence: Confidence = "high" if match.checked else "medium"
        reason = f"it has the format of a {match.format.vendor} credential"
        if not match.checked:
            reason += ", though its checksum does not fit"
        preview = (
            f"{match.format.prefix}{MASK}" if match.text.startswith(match.format.prefix) else MASK
        )
        return _secret(match.format.kind, confidence, match.text, reason, preview)
    members = structure.members(text)
    if members is not None:
        return _members(members)
    found = next(structure.find(text), None)
    if found:
        confidence = "medium" if found.kind == "password_hash" else "high"
        return _secret(found.kind, confidence, found.text, found.reason)
    return None


def _documented(token: str) -> bool:
    return "EXAMPLE" in token or len(set(token[-12:])) <= 2


def _members(members: list[tuple[str, str]]) -> Judged | None:
    for key, text in members:
        hit = _value(key, text, "environment") if not text.startswith("{") else None
        if hit and hit.verdict.cls == "secret":
            return _secret(
                hit.verdict.kind, "high", hit.text, f"a JSON member: {hit.verdict.reason}"
            )
    return None


def _by_name(name: str, text: str, said: names.Name, where: str) -> Judged:
    if said.role and shapes.is_placeholder(text, name):
        return _judged("placeholder", "placeholder", "it stands for a value to be filled in", text)
    if said.role and shapes.is_path(text) and "/" in text:
        return _judged("reference", "path", "it is a path", text)
    if shapes.is_placeholder(text, name):
        filled = shapes.PLACEHOLDER.fullmatch(text) or shapes.CAPS_TOKEN.fullmatch(text)
        if filled or text.lower() in ("todo", "tbd", "changeme", "change_me", "xxx", "placeholder"):
            return _judged("placeholder", "placeholder", "it stands for a value", text)
    if not said.role or said.neutral or said.public or _is_commit(said, where):
        return _harmless("plain", "neither its name nor its form announces a secret", text)
    return _announced(said, text)


def _announced(said: names.Name, text: str) -> Judged:
    if said.role == "password":
        if text.lower() in ("true", "false", "yes", "no"):
            return _harmless("switch", "it is a switch", text)
        strong = len(text) >= 8 and not text.isalpha()
        confidence: Confidence = "high" if strong else "medium"
        return _secret("named_password", confidence, text, "its name announces a password")
    if shapes.is_plain(text) or _is_locator(text):
        return _harmless("plain", "it is a setting or a place", text)
    random = shapes.is_random(text) or shapes.UUID.fullmatch(text) is not None
    if random or (said.strong_key and len(text) >= 8):
        confidence = "high" if random else "medium"
        return _secret(f"named_{said.role}", confidence, text, "its name announces a secret")
    if said.role == "key" and len(text) >= 12 and shapes.entropy(text) > 3.3 and " " not in text:
        mixed = any(c.isdigit() for c in text) and not shapes.is_path(text) and ":" not in text
        if mixed:
            return _secret("named_key", "low", text, "its name may announce a key")
    return _harmless("plain", "it is too short or too plain for a key", text)


def _is_locator(text: str) -> bool:
    return bool(shapes.URL.fullmatch(text) or shapes.HOST.fullmatch(text)) and (
        "://" in text or not shapes.is_random(text.replace(".", ""))
    )


def _is_commit(said: names.Name, where: str) -> bool:
    return any(word in COMMIT for word in said.words[-1:]) or (
        where in ("dockerLabels", "tags") and bool(set(said.words) & {"revision", "commit", "sha"})
    )


def _secret(
    kind: str, confidence: Confidence, text: str, reason: str, preview: str = MASK
) -> Judged:
    return Judged(Verdict("secret", kind, confidence, preview, reason), text)


def _judged(cls: Class, kind: str, reason: str, text: str) -> Judged:
    return Judged(Verdict(cls, kind, None, MASK, reason), text)


def _harmless(kind: str, reason: str, text: str) -> Judged:
    return _judged("harmless", kind, reason, text)


def keepable(name: str, value: str, verdict: Verdict) -> bool:
    """Say whether a value may be stored as it is: the allow-list of storage.

    Only what is proven to be a switch, a number, a reference, a plain URL or host, or short
    plain words under a name that announces nothing.
    """
    if verdict.cls == "reference":
        return len(value) <= 2048
    if verdict.cls != "harmless" or len(value) > 2048:
        return False
    if shapes.is_plain(value) or not value:
        return True
    said = names.judge(name)
    if said.role and not said.neutral:
        return False
    if shapes.URL.fullmatch(value) or shapes.HOST.fullmatch(value):
        return "?" not in value and not any(
            len(part) > 20 and shapes.is_random(part) for part in value.split("/")
        )
    return all(_is_word(part) for part in value.replace(",", " ").split())


def _is_word(part: str) -> bool:
    pieces = [p for p in part.replace("_", "-").replace("/", "-").replace(":", "-").split("-") if p]
    return len(part) <= 200 and all(
        len(p) <= 24 and not (len(p) >= 12 and shapes.entropy(p) > 3.2 and _mixed(p))
        for p in pieces
    )


def _mixed(part: str) -> bool:
    return any(c.isdigit() for c in part) and any(c.isalpha() for c in part)
