"""Say of a value whether it is a secret, a placeholder, a reference or harmless, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from auditor.secrets import commands, names, shapes, standins, statements, structure, vendors

Class = Literal["secret", "placeholder", "reference", "harmless"]
Confidence = Literal["high", "medium", "low"]
PLACES = (
    "environment", "command", "entryPoint", "dockerLabels", "logOptions", "healthCheck",
    "userData", "tags", "overrides", "firelensOptions",
)  # fmt: skip
COMMANDS = ("command", "entryPoint", "healthCheck")
MASK = "…"
# Options of log drivers that hold a credential though their name does not say so.
LOG_KEYS = frozenset(
    """splunk-token splunk_token apikey api_key license_key licensekey cloud_auth http_passwd
    shared_key password passwd sasl_password sasl.password rdkafka.sasl.password secret_key token
    loggly-token loggly_token logdna_api_key insert_key ingestion_key access_key secret_access_key
    auth_token bearer_token dd_api_key key_passwd tls.key_passwd tls_key_passwd sas_token
    http_password gelf-token logzio-token azure_key private_token writekey write_key""".split()
)
# Credentials that are published by design under a name that says so.
PUBLISHABLE = frozenset("google_api_key jwt clickup_token mapbox_secret klaviyo_key".split())
SWITCHES = frozenset(
    "0 1 true false yes no on off enabled disabled required optional y n always never auto".split()
)
# Names whose values use to hold a credential inside: an empty form under them is a placeholder.
CARRIERS = frozenset("dsn connection conn webhook url uri auth authorization".split())
FILLED_IN = frozenset(
    "changeme changeit changethis todo tbd fixme xxx xxxx xxxxx placeholder replaceme replacethis "
    "fillme fillmein setme yourvalue redacted notset unset undefined".split()
)
# What a setting beside a secret may say of it: API_KEY_TYPE=secret, AUTH=none.
NOUNS = frozenset(
    "value key token secret secretkey apikey accesskey accesstoken userpass test testing local "
    "none null no temp tmp demo string external managed generated encrypted abc abcd xyz".split()
)
ANGLED = re.compile(r"<[^<>=\"]{1,100}>")
PIN = re.compile(r"\d{4,8}")
AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")
ENCODINGS = ("base64:", "b64:", "base64,", "hex:", "plain:", "plaintext:", "raw:")
DEPTH = 3
SHORTEST = 8  # a word below this is no credential by its own form
COUNT = 3  # digits of a setting beside a password: PASSWORD_STRENGTH=3


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


def judge(name: str, value: str | list[str], where: str = "environment") -> Judged:
    """Classify, and keep the secret's text beside the verdict."""
    if where not in PLACES:
        raise ValueError(f"where is not one of {', '.join(PLACES)}")
    if not isinstance(name, str):
        raise ValueError("name is not text")
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return _strongest(hit for _, hit in command(value)) or _harmless("command", value)
    if not isinstance(value, str):
        raise ValueError("value is neither text nor a list of texts")
    if where in COMMANDS:
        return _strongest(hit for _, hit in command([value])) or _harmless("command", value)
    if where == "userData":
        return _strongest(user_data(value)) or _harmless("user_data", value)
    return _value(name, value, where, DEPTH)


def _strongest(hits: Iterator[Judged] | Sequence[Judged]) -> Judged | None:
    """Return the hit of the highest confidence, the first of equals."""
    order = ("low", "medium", "high")
    ranked = ((order.index(hit.verdict.confidence or "low"), hit) for hit in hits)
    return max(ranked, key=lambda pair: pair[0], default=(0, None))[1]


def command(words: Sequence[str]) -> list[tuple[int, Judged]]:
    """Return (index of the word, verdict) for each secret on a command line."""
    found = [(spot.word, _from(spot.found)) for spot in commands.find(words)]
    taken = {index for index, _ in found}
    for index, word in enumerate(words):
        told = len(word) >= SHORTEST and index not in taken
        credential = _credential("", word, DEPTH) if told else None
        if credential and credential.verdict.cls == "secret":
            found.append((index, credential))
    return sorted(found, key=lambda hit: hit[0])


def scan_command(words: Sequence[str], where: str = "command") -> list[tuple[int, Verdict]]:
    """Return (index of the word, verdict) for each secret on a command line.

    Raises ValueError where ``where`` is no place of commands or a word is not text.
    """
    if where not in (*COMMANDS, "overrides"):
        raise ValueError(f"where is not one of {', '.join(COMMANDS)}, overrides")
    if not all(isinstance(word, str) for word in words):
        raise ValueError("a word of the command is not text")
    return [(index, hit.verdict) for index, hit in command(words)]


def user_data(raw: str | bytes) -> list[Judged]:
    """Return the secrets of instance user data, each with its part and line.

    Raises ValueError where the user data cannot be unpacked.
    """
    from auditor.secrets.userdata import statements_of

    found: dict[tuple[str, str], Judged] = {}
    for position, statement in statements_of(raw):
        for _, hit in command([statement]):
            found.setdefault((position, hit.text), hit._replace(position=position))
    return list(found.values())


def _value(name: str, value: str, where: str, depth: int) -> Judged:
    text = value.strip()
    said = names.judge(name)
    if not text:
        return _harmless("empty", value)
    otherwise = standins.defaulted(text) if depth else None
    if otherwise and (held := _held(name, *otherwise, where, depth)):
        return held
    if standins.is_reference(text):
        return _judged("reference", "reference", "it points elsewhere", text)
    if _is_stand_in(text, name, said):
        return _filled_in(text, said)
    if shapes.PUBLISHED.match(text):
        return _harmless("public_key", value)
    credential = _credential(name, text, depth)
    if credential and not (said.public and credential.verdict.kind in PUBLISHABLE):
        return credential
    if _is_log_key(name, where) and standins.is_literal(text, password=True):
        return _secret("log_credential", "high", text, "the option is a credential")
    if structure.has_filled_in(text):
        return _judged("placeholder", "placeholder", "its password is to be filled in", text)
    if structure.members(text) is not None:
        return _harmless("json", value)
    return _by_name(text, said)


def _held(name: str, variable: str, default: str, where: str, depth: int) -> Judged | None:
    """Return the secret that stands as the default of a variable, under either name."""
    for said in (name, variable):
        found = _value(said, default, where, depth - 1)
        if found.verdict.cls == "secret" and found.verdict.confidence != "low":
            return found
    return None


def _is_log_key(name: str, where: str) -> bool:
    return where in ("logOptions", "firelensOptions") and name.lower() in LOG_KEYS


def _filled_in(text: str, said: names.Name) -> Judged:
    if standins.is_documented(text):
        return _judged("placeholder", "documentation_key", "documentation shows it", text)
    told = said.announces or CARRIERS.intersection(said.words)
    kind = "placeholder" if told else "filler"
    return _judged("placeholder", kind, "it stands for a value to be filled in", text)


def _is_stand_in(text: str, name: str, said: names.Name) -> bool:
    """Say whether a value is a placeholder; names without a meaning need a plainer one."""
    if said.announces and said.strong:
        return standins.is_placeholder(text, name, password=said.role == "password")
    folded = standins.FOLD.sub("", text.lower())
    if folded in FILLED_IN or (folded and text == name):
        return True
    if said.role or CARRIERS.intersection(said.words):
        return folded not in NOUNS and " " not in text and standins.is_placeholder(text, name)
    return ANGLED.fullmatch(text) is not None and standins.is_placeholder(text)


def _credential(name: str, text: str, depth: int) -> Judged | None:
    """Return what the text is by its own form, whatever its name."""
    said = names.judge(name)
    if {"aws", "secret"} <= set(said.words) and AWS_SECRET.fullmatch(text):
        return _secret("aws_secret_access_key", "high", text, "it is a static AWS key")
    if name == "AWS_SESSION_TOKEN" and len(text) >= 100:
        return _secret("aws_session_token", "high", text, "it is a static AWS token")
    if name == "ECS_ENGINE_AUTH_DATA" and (login := statements.registry_login(text)):
        return _from(login)
    pair = next(iter(structure.AWS_PAIR.finditer(text)), None) if "AKIA" in text else None
    if pair:
        reason = "it holds an AWS key id and its secret"
        return _secret("aws_access_key_pair", "high", pair["secret"], reason)
    if "auth" in said.words and structure.is_login(text):
        return _secret("registry_auth", "high", text, "a registry login is written out")
    return _vendor(text) or _members(name, text, depth) or _structured(text, depth)


def _vendor(text: str) -> Judged | None:
    match = vendors.best(text[: structure.LIMIT])
    if match is None:
        return None
    if standins.is_documented(match.text) or standins.FILLER.search(match.text):
        return _judged("placeholder", "documentation_key", "documentation shows it", text)
    reason = f"it has the format of a credential of {match.format.vendor}"
    if not match.checked:
        reason += ", though its checksum does not fit"
    confidence: Confidence = "high" if match.checked else "medium"
    return _secret(match.format.kind, confidence, match.text, reason, match.preview + MASK)


def _members(name: str, text: str, depth: int) -> Judged | None:
    """Return the strongest secret among the members of a JSON value."""
    members = structure.members(text, name) if depth else None
    hits = []
    for key, inner in members or ():
        if key in ("auth", "_auth") and structure.is_login(inner):
            return _secret("registry_auth", "high", inner, "a registry login is written out")
        hits.append(_value(key, inner, "environment", depth - 1))
    if {"kty", "d"} <= {key for key, _ in members or ()}:
        inner = next(inner for key, inner in members or () if key == "d")
        return _secret("private_jwk", "high", inner, "it holds a private JSON Web Key")
    hit = _strongest([hit for hit in hits if hit.verdict.cls == "secret"])
    if hit is None or hit.verdict.confidence == "low":
        return None
    kind = hit.verdict.kind.replace("named_", "json_")
    return _secret(kind, "high", hit.text, f"a JSON member: {hit.verdict.reason}")


def _structured(text: str, depth: int) -> Judged | None:
    if text.startswith(("{", "[", '"')) and structure.members(text) is not None:
        return None
    found = next(structure.find(text), None) or next(statements.find(text), None)
    if found is None and " -" in text:
        found = next((spot.found for spot in commands.find([text])), None)
    if found:
        return _from(found)
    inner = structure.unwrapped(text) if depth else ""
    hit = _credential("", inner, depth - 1) if inner else None
    return hit if hit and hit.verdict.cls == "secret" else None


def _by_name(text: str, said: names.Name) -> Judged:
    if _points(said, text) and shapes.is_path(text):
        return _judged("reference", "path", "it is a path", text)
    if said.words[-1:] == ("pin",) and PIN.fullmatch(text):
        return _secret("named_password", "medium", text, "its name announces a password")
    if not said.announces or vendors.is_public(text):
        return _harmless("plain", text)
    if shapes.URL.fullmatch(text):
        return _harmless("url", text)
    if said.role == "password":
        return _password(text, said)
    login = None if said.strong else structure.LOGIN.fullmatch(text)
    if login and standins.is_literal(login["secret"], password=True):
        reason = "its name announces a login and it has a password"
        return _secret("named_login", "medium", login["secret"], reason)
    return _generated(text, said)


def _points(said: names.Name, text: str) -> bool:
    """Say whether a path under this name leads to a secret: S3_KEY_PREFIX does not."""
    if "/" not in text or said.role in (None, "hint"):
        return False
    return said.role != "key" or not said.neutral or text.startswith(("/", "./", "../", "~/"))


def _password(text: str, said: names.Name) -> Judged:
    counts = not said.plain and text.isdigit() and len(text) <= COUNT
    # DB_PASSWORD_KEY=password names a member of a secret.
    named = not said.plain and text.lower() in names.PASSWORDS
    if counts or named or text.lower() in SWITCHES or (said.soft and not shapes.is_random(text)):
        return _harmless("switch", text)
    sure = len(text) >= 8 and (said.plain or not text.isalpha())
    confidence: Confidence = "high" if sure else "medium"
    return _secret("named_password", confidence, text, "its name announces a password")


def _generated(text: str, said: names.Name) -> Judged:
    """Judge what stands under the name of a secret or key: generated, or of some length."""
    bare = text
    for prefix in ENCODINGS:
        bare = bare.removeprefix(prefix)
    if shapes.is_plain(bare) or shapes.is_locator(bare) or _is_named(bare):
        return _harmless("plain", text)
    kind, reason = f"named_{said.role}", "its name announces a secret"
    if shapes.is_random(bare) or shapes.UUID.fullmatch(bare):
        if said.role == "hint":
            return _secret(kind, "low", text, "its name may announce a secret")
        return _secret(kind, "high" if said.strong else "medium", text, reason)
    if said.strong and not said.soft and len(bare) >= 8:
        return _secret(kind, "medium", text, reason)
    if said.role == "key" and len(bare) >= 12 and _is_mixed(bare):
        return _secret(kind, "low", text, "its name may announce a key")
    return _harmless("plain", text)


def _is_named(text: str) -> bool:
    """Say whether the value names things: a class, or variables in a list."""
    return shapes.is_dotted(text) or shapes.is_list(text)


def _is_mixed(text: str) -> bool:
    """Tell letters with digits from words, paths and lists."""
    spoken = shapes.is_path(text) or ":" in text or " " in text
    return not spoken and any(map(str.isdigit, text)) and shapes.entropy(text) > 3.3


def _from(found: structure.Found) -> Judged:
    confidence: Confidence = "high" if found.confidence == "high" else "medium"
    return _secret(found.kind, confidence, found.text, found.reason)


def _secret(
    kind: str, confidence: Confidence, text: str, reason: str, preview: str = MASK
) -> Judged:
    return Judged(Verdict("secret", kind, confidence, preview, reason), text)


def _judged(cls: Class, kind: str, reason: str, text: str) -> Judged:
    return Judged(Verdict(cls, kind, None, MASK, reason), text)


def _harmless(kind: str, value: str | list[str]) -> Judged:
    reason = "neither its name nor its form announces a secret"
    return Judged(
        Verdict("harmless", kind, None, MASK, reason), value if isinstance(value, str) else ""
    )
