"""Settings: option, then environment, then file, then default; the file is read strictly."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec

from auditor.errors import ConfigError
from auditor.findings import Severity

SCHEMA = "ecs-audit-config/1"
FOUND = "ecs-audit.toml"
TRUSTED = ("aws", "extensions")
UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`(?: - at `(?P<where>[^`]+)`)?")
INDEX = re.compile(r"\[[^]]*\]")
FailOn = Literal["critical", "high", "medium", "low", "info", "never"]
Share = Annotated[float, msgspec.Meta(ge=0.01, le=1)]
Scale = Annotated[float, msgspec.Meta(ge=0.01, le=1000)]
AccountId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$")]


class ScopeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[scope]"""

    regions: list[str] | Literal["all"] = []
    revisions: Literal["in-use", "all"] = "in-use"
    clusters: list[str] = []
    exclude_tags: dict[str, str] = {}


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
    language: Literal["en", "ja"] = "en"
    timezone: str = "UTC"
    scope: ScopeSettings = ScopeSettings()
    severity: dict[str, Severity] = {}
    thresholds: dict[str, float] = {}
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
UNNAMED = frozenset("schema accounts exclude_tags severity thresholds".split())
UNNAMED |= SECTIONS.keys()
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
    settings = _environment(_rooted(_converted(path, raw), raw, path.parent))
    return Loaded(settings, path, hashlib.sha256(data).hexdigest())


def _decoded(path: Path, data: bytes) -> dict[str, Any]:
    try:
        raw = msgspec.toml.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    return raw if isinstance(raw, dict) else {}


def _converted(path: Path, raw: dict[str, Any]) -> Settings:
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_explained(str(error))}") from None
    if settings.schema != SCHEMA:
        raise ConfigError(f'{path}: schema is "{settings.schema}"; write "{SCHEMA}"')
    return settings


def _explained(message: str) -> str:
    found = UNKNOWN.search(message)
    if not found:
        return message
    where = (found["where"] or "$").removeprefix("$").strip(".")
    kind = SECTIONS.get(INDEX.sub("", where), Settings)
    near = difflib.get_close_matches(found["name"], kind.__struct_fields__, 1, 0)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown key {where + '.' if where else ''}{found['name']}{hint}"


def _rooted(settings: Settings, raw: dict[str, Any], folder: Path) -> Settings:
    """Make the file's relative paths relative to the file; defaults stay where the user works."""
    paths = {
        name: str(folder / value)
        for name in ("db", "out", "waivers")
        if name in raw and (value := getattr(settings, name))
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
        name = f"ECS_AUDIT_{field.name.upper()}"
        text = os.environ.get(name, "").strip()
        if text and field.name not in UNNAMED:
            changed[field.name] = _from_text(name, text, field.type)
    return msgspec.structs.replace(section, **changed)


def _from_text(name: str, text: str, kind: Any) -> Any:
    """Return a variable's text as a setting: lists are comma separated, `all` stays a word."""
    many = kind == list[str] or (list[str] in get_args(kind) and text != "all")
    value = [e for entry in text.split(",") if (e := entry.strip())] if many else text
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {error}") from None
