"""Judge a bound snapshot with a command's settings; shared by check, diff, waivers and push."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from auditor.commands.settings import (
    Given,
    chosen_rules,
    every_rule,
    severities,
    time_of,
    waivers,
)
from auditor.errors import ConfigError
from auditor.progress import Bar

if TYPE_CHECKING:
    from auditor.api import Checked, CheckOptions
    from auditor.config import Loaded, Settings
    from auditor.findings import Document
    from auditor.rules import Rule

# Options whose values name neither a place nor a person; the report repeats these alone.
SAID = frozenset("formats select ignore regions services as_of".split())


class Prepared(NamedTuple):
    """What a command judges by."""

    rules: dict[str, Rule]
    options: CheckOptions
    quiet: bool


def prepared(settings: Settings, loaded: Loaded, given: Given) -> Prepared:
    """Read what a command judges by; raise ConfigError for a mistake in it.

    It is read once, before the work: an account may be asked for an hour, nothing that the user
    gave should fail afterwards, and ``latest`` means what it meant when the command began.
    """
    import msgspec

    from auditor import api

    known = every_rule(settings, given)
    rules = chosen_rules(settings, given, known)
    options = api.CheckOptions(
        as_of=time_of(given.get("as_of")), fail_on=settings.fail_on,
        severities=severities(settings, known), thresholds=settings.thresholds, known=known,
        waivers=waivers(settings), with_passes=settings.with_passes,
        document=document(settings, loaded, given),
    )  # fmt: skip
    api.thresholds(rules, settings.thresholds, known)
    by = Prepared(rules, options, settings.quiet)
    name = settings.baseline
    if not name:
        return by
    accepted = _baseline(name, Path(settings.db), by)
    options = msgspec.structs.replace(options, baseline=accepted, baseline_name=name)
    return by._replace(options=options)


def checked(by: Prepared, snapshot: Any) -> Checked:
    """Return the report on a bound snapshot, and what the database keeps of it."""
    from auditor import api

    with Bar(by.quiet) as bar:
        return api.check(snapshot, by.rules, by.options, bar.rules(len(by.rules)))


def _baseline(name: str, db: Path, by: Prepared) -> frozenset[str]:
    """Return the fingerprints of ``--baseline``; raise ConfigError or SnapshotError.

    A snapshot that was never checked is judged now, as ``diff`` does.
    """
    if name.startswith("snapshot:"):
        return _failed(name.removeprefix("snapshot:"), db, by)
    try:
        found = json.loads(Path(name).read_text(encoding="utf-8"))
        return frozenset(f["fingerprint"] for f in found["findings"] if f["status"] == "fail")
    except (OSError, ValueError, KeyError, TypeError):
        said = f"--baseline {name} is no findings.json; give one, or snapshot:ID"
        raise ConfigError(said) from None


def _failed(name: str, db: Path, by: Prepared) -> frozenset[str]:
    from auditor import api
    from auditor.snapshot.records import failed

    kept = failed(db, name)
    if kept is not None:
        return kept
    with api.open(db, name) as snapshot:
        found = checked(by, snapshot).report.findings
    return frozenset(f.fingerprint for f in found if f.status == "fail")


def document(settings: Settings, loaded: Loaded, given: Given) -> Document:
    """Return what the cover and the document control of a report say."""
    from auditor.findings import Document

    r = settings.report
    limit = given.get("pdf_max_per_rule")
    return Document(
        organisation=r.organisation, label=r.label, author=r.author, recipients=r.recipients,
        command=command_line(),
        config_file=loaded.path.name if loaded.path else None, config_digest=loaded.digest,
        timezone=settings.timezone, language=settings.language, page=r.page,
        pdf_max_per_rule=r.pdf_max_per_rule if limit is None else limit,
    )  # fmt: skip


def command_line() -> str | None:
    """Return the command as it was called; a value that may name a place or person is left out."""
    from click.core import ParameterSource

    context = click.get_current_context(silent=True)
    if context is None:
        return None
    words = context.command_path.split()[1:]
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words += _said(parameter, name, context.params.get(name))
    return " ".join(["ecs-audit", *words])


def _said(parameter: click.Parameter, name: str, value: Any) -> list[str]:
    """Return a parameter's words, its value only where it is one of a few or a number."""
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return [parameter.opts[-1]]
    plain = name in SAID or isinstance(
        parameter.type, click.Choice | click.IntRange | click.FloatRange
    )
    values = list(value) if isinstance(value, tuple) else [value]
    option = [parameter.opts[-1]] if isinstance(parameter, click.Option) else []
    return [word for one in values for word in (*option, str(one) if plain else "…")]
