"""A command's options laid over the configuration: settings, rules, waivers, times."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import notices
from auditor.errors import ConfigError, RenderError, UsageError

if TYPE_CHECKING:
    from auditor.config import Loaded, Settings
    from auditor.findings import Severity
    from auditor.rules import Rule
    from auditor.waivers import Waivers

Given = dict[str, Any]
NAMED = {"db": "db", "out": "out", "waivers": "waivers", "fail_on": "fail_on", "lang": "language",
         "baseline": "baseline", "with_passes": "with_passes", "quiet": "quiet"}  # fmt: skip


def settings_of(given: Given) -> tuple[Settings, Loaded]:
    """Return the settings with this command's options laid over them, and their file."""
    import msgspec

    from auditor import config

    loaded = config.load(given.get("config"))
    changed: Given = {field: given[o] for o, field in NAMED.items() if given.get(o)}
    if given.get("formats"):
        changed["formats"] = _entries([given["formats"]])
    for option in ("select", "ignore"):
        if given.get(option):
            changed[option] = _entries(given[option])
    settings = msgspec.structs.replace(loaded.settings, **changed)
    notices.raised(settings.verbose, quiet=settings.quiet, as_json=settings.log_json)
    return settings, loaded


def _entries(texts: Iterable[str]) -> list[str]:
    return [entry.strip() for text in texts for entry in text.split(",")]


def foreseen(settings: Settings, given: Given) -> list[str]:
    """Return the formats; raise ConfigError for what could not be written as it is asked for."""
    asked = formats(settings)
    _look(settings, given)
    return asked


def theme(settings: Settings, given: Given) -> dict[str, Path]:
    """Return the folder of the theme and the logo that reports take, where they are given."""
    found = {"folder": given.get("theme") or settings.extensions.theme,
             "brand": given.get("brand") or settings.extensions.brand}  # fmt: skip
    return {name: Path(value) for name, value in found.items() if value}


def _look(settings: Settings, given: Given) -> None:
    chosen = theme(settings, given)
    if not chosen:
        return
    from auditor.formats.theme import load

    try:
        load(chosen.get("folder"), chosen.get("brand"), settings.language)
    except RenderError as error:
        raise ConfigError(str(error)) from None


def every_rule(settings: Settings, given: Given) -> dict[str, Rule]:
    """Return the shipped rules and those of further folders, which are tried first."""
    from auditor import rulecheck
    from auditor.resources import builtin
    from auditor.rules import load_all

    folders = [*settings.extensions.rules, *(given.get("rule_folders") or ())]
    found = load_all(Path(f) for f in folders)
    own = builtin("rules")
    rulecheck.check(r for r in found.values() if own not in r.path.parents)
    return found


def chosen_rules(
    settings: Settings, given: Given, known: dict[str, Rule] | None = None
) -> dict[str, Rule]:
    """Return the selected rules; a retired id is a line on stderr."""
    from auditor.rules import select

    chosen, notes = select(known or every_rule(settings, given), settings.select, settings.ignore)
    for sentence in notes:
        notices.warn(sentence)
    return chosen


def severities(settings: Settings, known: Iterable[str]) -> dict[str, Severity]:
    """Return [severity] by rule id; raise ConfigError for an id of no rule."""
    from auditor.nearest import hint
    from auditor.rules import retired

    names, gone = set(known), retired()
    found = {}
    for name, severity in settings.severity.items():
        into = gone.get(name, name)
        if into in names:
            found[into] = severity
        elif name not in gone:
            raise ConfigError(f"[severity] {name} is no rule{hint(name, names)}")
        if name in gone:
            notices.warn(f"[severity] {name} is retired; "
                         + (f"it went into {into}" if into else "it was withdrawn"))  # fmt: skip
    return found


def formats(settings: Settings) -> list[str]:
    """Return the formats that were asked for; raise ConfigError before anything is done."""
    from auditor.formats import names
    from auditor.nearest import hint

    for name in settings.formats:
        if name not in names():
            known = ", ".join(names())
            raise ConfigError(f"--format {name} is unknown{hint(name, names())} ({known})")
    return settings.formats


def waivers(settings: Settings) -> Waivers:
    """Return the waiver file's content, or none."""
    from auditor.waivers import Waivers, load

    if not settings.waivers:
        return Waivers()
    return load(Path(settings.waivers), datetime.datetime.now(datetime.UTC).date())


def time_of(text: str | None) -> datetime.datetime | None:
    """Return ``--as-of`` in UTC without zone."""
    if not text:
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
        return found.astimezone(datetime.UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        raise ConfigError(f"--as-of {text} is not a time such as 2026-11-22T01:00:00Z") from None


def text_of(name: str) -> str:
    """Return a file's text, or stdin's for ``-``; raise UsageError."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{name} cannot be read: it is not UTF-8 text.") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None
