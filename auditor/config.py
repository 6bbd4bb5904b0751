"""Settings: option, then environment, then file, then default; the file is read strictly."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from auditor.errors import ConfigError
from auditor.findings import Severity

SCHEMA = "ecs-audit-config/1"
FOUND = "ecs-audit.toml"
TRUSTED = ("aws", "extensions")
UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`(?: - at `(?P<where>[^`]+)`)?")
FailOn = Literal["critical", "high", "medium", "low", "info", "never"]


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
    pdf_max_per_rule: int = 100


class AwsAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[[aws.accounts]]"""

    id: str
    role_arn: str
    external_id_env: str | None = None


class AwsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[aws]"""

    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    use_fips: bool = False
    use_dualstack: bool = False
    api_share: float = 0.5
    rate_scale: float = 1.0
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
    settings = _environment(_rooted(_converted(path, raw), path.parent))
    return Loaded(settings, path, hashlib.sha256(data).hexdigest())


def _decoded(path: Path, data: bytes) -> dict[str, Any]:
    try:
        raw = msgspec.toml.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    return raw if isinstance(raw, dict) else {}


def _converted(path: Path, raw: dict[str, Any]) -> Settings:
    try:
        settings = msgspec.convert(raw, Settings, strict=False)
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
    kind = {"scope": ScopeSettings, "report": ReportSettings, "aws": AwsSettings,
            "extensions": Extensions}.get(where.split("[")[0], Settings)  # fmt: skip
    near = difflib.get_close_matches(found["name"], kind.__struct_fields__, 1, 0)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown key {where + '.' if where else ''}{found['name']}{hint}"


def _rooted(settings: Settings, folder: Path) -> Settings:
    """Make the file's relative paths relative to the file."""

    def at(text: str | None) -> str | None:
        return str(folder / text) if text else None

    ext = settings.extensions
    return msgspec.structs.replace(
        settings,
        db=str(folder / settings.db),
        out=str(folder / settings.out),
        waivers=at(settings.waivers),
        extensions=Extensions([str(folder / r) for r in ext.rules], at(ext.theme), at(ext.brand)),
    )


def _environment(settings: Settings) -> Settings:
    changed: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        text = os.environ.get(f"ECS_AUDIT_{field.name.upper()}")
        if text is not None and field.name not in (
            "schema",
            "scope",
            "report",
            "aws",
            "extensions",
            "severity",
            "thresholds",
        ):
            value: Any = text.split(",") if field.type == list[str] else text
            try:
                changed[field.name] = msgspec.convert(value, field.type)
            except msgspec.ValidationError as error:
                raise ConfigError(f"ECS_AUDIT_{field.name.upper()}: {error}") from None
    return msgspec.structs.replace(settings, **changed)
