"""Settings: option, then environment, then file, then default; the file is read strictly."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec

from auditor.errors import ConfigError
from auditor.findings import Severity

SCHEMA = "ecs-audit-config/1"
FOUND = "ecs-audit.toml"
TRUSTED = ("aws", "extensions")
UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`")
PLACE = re.compile(r"at `\$\.?(?P<path>[^`]*)`")
STEP = re.compile(r"[A-Za-z_]+|\d+")
FailOn = Literal["critical", "high", "medium", "low", "info", "never"]
Share = Annotated[float, msgspec.Meta(ge=0.01, le=1)]
Scale = Annotated[float, msgspec.Meta(ge=0.01, le=1000)]
Number = Annotated[float, msgspec.Meta(ge=0, le=1e15)]  # neither nan nor inf
AccountId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$")]


class ScopeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[scope]"""

    regions: list[str] | Literal["all"] = []
    revisions: Literal["in-use", "all"] = "in-use"
    clusters: list[str] = []
    tags: dict[str, str] = {}
    exclude_tags: dict[str, str] = {}
    services: list[str] = []


class ReportSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[report]"""

    organisation: str | None = None
    label: str | None = None
    author: str | None = None
    recipients: list[str] = []
    page: Literal["A4", "Letter"] = "A4"
    pdf_max_per_rule: Annotated[int, msgspec.Meta(ge=0)] = 100


class AwsAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[[aws.accounts]]"""

    id: AccountId
    role_arn: str
    external_id_env: str | None = None


class AwsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[aws]"""

    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    use_fips: bool = False
    use_dualstack: bool = False
    api_share: Share = 0.5
    rate_scale: Scale = 1.0
    accounts: list[AwsAccount] = []


class Extensions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[extensions]"""

    rules: list[str] = []
    theme: str | None = None
    brand: str | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The configuration file; every key has a default."""

    schema: str = SCHEMA
    db: str = "audit.duckdb"
    out: str = "ecs-audit-out"
    formats: list[str] = msgspec.field(default_factory=lambda: ["html", "json"])
    fail_on: FailOn = "high"
    select: list[str] = []
    ignore: list[str] = []
    waivers: str | None = None
    baseline: str | None = None
    with_passes: bool = False
    language: Literal["en", "ja"] = "en"
    timezone: str = "UTC"
    quiet: bool = False
    verbose: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    log_json: bool = False
    scope: ScopeSettings = ScopeSettings()
    severity: dict[str, Severity] = {}
    thresholds: dict[str, Number] = {}
    report: ReportSettings = ReportSettings()
    aws: AwsSettings = AwsSettings()
    extensions: Extensions = Extensions()


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "scope": ScopeSettings,
    "report": ReportSettings,
    "aws": AwsSettings,
    "aws.accounts": AwsAccount,
    "extensions": Extensions,
}
# Tables and the file's own schema have no text form in the environment.
UNNAMED = frozenset("schema accounts tags exclude_tags severity thresholds".split())
UNNAMED |= SECTIONS.keys()
# Keys whose option has another name answer to that one too; the last two say `all` by yes.
OPTION = {"formats": "FORMAT", "language": "LANG", "regions": "REGION", "clusters": "CLUSTER"}
ALL = {"regions": "ALL_REGIONS", "revisions": "ALL_REVISIONS"}
Section = TypeVar("Section", bound=msgspec.Struct)


class Loaded(msgspec.Struct, frozen=True):
    """Settings, and the file they came from."""

    settings: Settings
    path: Path | None
    digest: str | None


def load(given: str | None) -> Loaded:
    """Read --config, ECS_AUDIT_CONFIG or ./ecs-audit.toml; raise ConfigError.

    A file that was merely found may not choose endpoints, roles, rules or themes: it may have
    come with somebody else's repository.
    """
    named = given or os.environ.get("ECS_AUDIT_CONFIG")
    path = Path(named) if named else Path(FOUND)
    if not named and not path.exists():
        return Loaded(_environment(Settings()), None, None)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    raw = _decoded(path, data)
    if not named:
        for key in TRUSTED:
            if key in raw:
                raise ConfigError(
                    f"{path}: [{key}] is read only from a file named by --config or "
                    "ECS_AUDIT_CONFIG, never from one found in the working directory"
                )
    settings = _environment(_rooted(_converted(path, raw, data), raw, path.parent))
    return Loaded(settings, path, hashlib.sha256(data).hexdigest())


def _decoded(path: Path, data: bytes) -> dict[str, Any]:
    try:
        raw = msgspec.toml.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    return raw if isinstance(raw, dict) else {}


def _converted(path: Path, raw: dict[str, Any], data: bytes) -> Settings:
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        said, keys = _explained(str(error))
        raise ConfigError(f"{path}:{_line(data.decode(), keys)}: {said}") from None
    _known_zone(path, settings.timezone, data)
    if settings.schema != SCHEMA:
        line = _line(data.decode(), ["schema"])
        raise ConfigError(f'{path}:{line}: schema is "{settings.schema}"; write "{SCHEMA}"')
    return settings


def _known_zone(path: Path, name: str, data: bytes) -> None:
    if name != "UTC":
        import zoneinfo

        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            line = _line(data.decode(), ["timezone"])
            raise ConfigError(
                f"{path}:{line}: timezone {name} is unknown; write one like Asia/Tokyo, or UTC"
            ) from None


def _explained(message: str) -> tuple[str, list[str]]:
    """Return what is wrong, and the keys that lead to it."""
    where = PLACE.search(message)
    keys = STEP.findall(where["path"]) if where else []
    found = UNKNOWN.search(message)
    if not found:
        return message.replace("`$.", "`"), keys
    kind = SECTIONS.get(".".join(k for k in keys if not k.isdecimal()), Settings)
    near = difflib.get_close_matches(found["name"], kind.__struct_fields__, 1, 0)
    hint = f"; did you mean {near[0]}?" if near else ""
    within = f"{where['path']}." if where and keys else ""
    return f"unknown key {within}{found['name']}{hint}", [*keys, found["name"]]


def _line(text: str, keys: Sequence[str]) -> int:
    """Return the line that holds the last of the keys, or the last one before that is found."""
    lines, at = text.splitlines(), 0
    for position, key in enumerate(keys):
        if key.isdecimal():
            continue
        name = rf"""["']?{re.escape(key)}["']?"""
        looked = re.compile(rf"\s*(\[+\s*([^]]*\.)?{name}\s*\]|([^=#]*[.{{,\s])?{name}\s*[.=])")
        found = [n for n, line in enumerate(lines[at:], at) if looked.match(line)]
        turn = int(keys[position + 1]) if keys[position + 1 :][:1] and keys[
            position + 1].isdecimal() else 0  # fmt: skip
        if not found:
            break
        at = found[min(turn, len(found) - 1)]
    return at + 1


def _rooted(settings: Settings, raw: dict[str, Any], folder: Path) -> Settings:
    """Make the file's relative paths relative to the file; defaults stay where the user works."""
    paths = {
        name: str(folder / value)
        for name in ("db", "out", "waivers", "baseline")
        if name in raw
        and (value := getattr(settings, name))
        and not (name == "baseline" and value.startswith("snapshot:"))
    }
    ext = settings.extensions
    theme, brand = (str(folder / p) if p else None for p in (ext.theme, ext.brand))
    rules = [str(folder / r) for r in ext.rules]
    return msgspec.structs.replace(settings, **paths, extensions=Extensions(rules, theme, brand))


def _environment(settings: Settings) -> Settings:
    """Lay ECS_AUDIT_<KEY> over the settings, keys inside a section too; an empty one says none."""
    sections = {
        name: _overlaid(getattr(settings, name))
        for name in ("scope", "report", "aws", "extensions")
    }
    return msgspec.structs.replace(_overlaid(settings), **sections)


def _overlaid(section: Section) -> Section:
    changed = {}
    for field in msgspec.structs.fields(type(section)):
        for given in (field.name, OPTION.get(field.name, field.name)):
            name = f"ECS_AUDIT_{given.upper()}"
            text = os.environ.get(name, "").strip()
            if text and field.name not in UNNAMED:
                changed[field.name] = _from_text(name, text, field.type)
        name = f"ECS_AUDIT_{ALL.get(field.name, '')}"
        if field.name in ALL and _from_text(name, os.environ.get(name, "").strip() or "no", bool):
            changed[field.name] = "all"
    return msgspec.structs.replace(section, **changed)


def _from_text(name: str, text: str, kind: Any) -> Any:
    """Return a variable's text as a setting: lists are comma separated, `all` stays a word."""
    many = kind == list[str] or (list[str] in get_args(kind) and text != "all")
    text = {"yes": "true", "no": "false"}.get(text.lower(), text) if kind is bool else text
    value = [e for entry in text.split(",") if (e := entry.strip())] if many else text
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}") from None
