"""A command's options laid over the configuration: settings, rules, waivers, times."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import notices
from auditor.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from auditor.config import Loaded, Settings
    from auditor.rules import Rule
    from auditor.waivers import Waivers

Given = dict[str, Any]
NAMED = {"db": "db", "out": "out", "waivers": "waivers", "fail_on": "fail_on", "lang": "language"}


def settings_of(given: Given) -> tuple[Settings, Loaded]:
    """Return the settings with this command's options laid over them, and their file."""
    import msgspec

    from auditor import config

    loaded = config.load(given.get("config"))
    changed: Given = {field: given[o] for o, field in NAMED.items() if given.get(o)}
    if given.get("formats"):
        changed["formats"] = [f.strip() for f in given["formats"].split(",")]
    for option in ("select", "ignore"):
        if given.get(option):
            changed[option] = [e.strip() for text in given[option] for e in text.split(",")]
    return msgspec.structs.replace(loaded.settings, **changed), loaded


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
    except ValueError:
        raise ConfigError(f"--as-of {text} is not a time such as 2026-11-22T01:00:00Z") from None
    return found.astimezone(datetime.UTC).replace(tzinfo=None) if found.tzinfo else found


def text_of(name: str) -> str:
    """Return a file's text, or stdin's for ``-``; raise UsageError."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{name} cannot be read: it is not UTF-8 text.") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None
