"""``ecs-audit check`` and ``report``: rules over a snapshot, and what is written of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor import notices
from auditor.commands.judging import Prepared, checked, document, prepared
from auditor.commands.opening import opened
from auditor.commands.settings import (
    Given,
    every_rule,
    foreseen,
    settings_of,
    text_of,
    theme,
)
from auditor.errors import UsageError
from auditor.options import JUDGE, SHOW, Command, options
from auditor.output import say
from auditor.progress import Bar

if TYPE_CHECKING:
    from auditor.api import Checked
    from auditor.config import Settings
    from auditor.findings import Report


@click.command(cls=Command)
@options("config", "db", "snapshot", *JUDGE, *SHOW)
@click.option("--task-definition", help="Lint a file before registering it; - reads stdin.")
def check(**given: Any) -> int:
    """Run the rules over a snapshot; the exit code is the verdict."""
    return judged(given)


@click.command(cls=Command)
@options("config", "db", "snapshot", *JUDGE, *SHOW)
@click.option("--stored", is_flag=True, help="The newest check as it is kept; run no rule.")
def report(**given: Any) -> int:
    """Render a snapshot; the exit code speaks of the rendering alone.

    The rules run anew unless --stored is given.
    """
    if given["stored"]:
        _stored(given)
    else:
        judged(given)
    return 0


def _stored(given: Given) -> None:
    """Write the newest check of a snapshot as it was kept."""
    from auditor.stored import stored

    settings, loaded = settings_of(given)
    said = [f"--{name.replace('_', '-')}" for name in JUDGE if name != "lang" and given.get(name)]
    if said or given["rule_folders"]:
        raise UsageError(f"--stored judges nothing anew; leave out {' '.join(said) or '--rules'}.")
    asked = foreseen(settings, given)
    with opened(settings, given["snapshot"]) as snapshot:
        found = stored(snapshot, every_rule(settings, given), document(settings, loaded, given))
    _written(settings, given, found, asked)
    notices.note(summary(found))


def judged(given: Given, by: Prepared | None = None, *, write: bool = True) -> int:
    """Judge, keep the check, write the reports; return the verdict: 0, 1 or 3.

    ``by`` is what was read before a collection, where there was one.
    """
    settings, loaded = settings_of(given)
    asked = foreseen(settings, given)
    by = by or prepared(settings, loaded, given)
    if given.get("task_definition"):
        from auditor.lint import linted

        name = given["task_definition"]
        done = checked(by, linted(name, text_of(name)))
    else:
        with opened(settings, given["snapshot"]) as snapshot:
            done = checked(by, snapshot)
            seq = snapshot.seq
        _kept(settings, done, seq)
    if write:
        _written(settings, given, done.report, asked)
    notices.note(summary(done.report))
    code: int = done.report.check.exit_code
    return code


def _kept(settings: Settings, done: Checked, seq: int) -> None:
    import msgspec

    from auditor import api
    from auditor.snapshot.records import CheckRecord, write_check
    from auditor.stored import left

    report = done.report
    options = {"fail_on": report.check.fail_on, "baseline": report.check.baseline}
    name = api.check_id(report.snapshot.id, done.as_of, report.check.ruleset_digest,
                        json.dumps(options))  # fmt: skip
    record = CheckRecord(name, seq, done.as_of, report, done.judged, done.thresholds,
                         msgspec.to_builtins(left(done)))  # fmt: skip
    write_check(Path(settings.db), record)


def _written(settings: Settings, given: Given, report: Report, asked: Sequence[str]) -> None:
    """Write every format that can be written; raise RenderError with what could not."""
    from auditor import api
    from auditor.errors import RenderError

    failed = []
    with Bar(settings.quiet) as bar:
        made = []
        for name in bar.each("writing", asked):
            try:
                made += api.report(report, Path(settings.out), [name], **theme(settings, given))
            except RenderError as error:
                failed.append(str(error))
    for path in made:
        say(str(path))
    if failed:
        raise RenderError(" ".join(failed))


def summary(report: Report) -> str:
    """Return the count of findings by severity in one line."""
    from auditor.findings import SEVERITIES

    failing = [f.severity for f in report.findings if f.status == "fail"]
    parts = [f"{n} {s}" for s in SEVERITIES if (n := failing.count(s))]
    unknown = sum(f.status == "unknown" for f in report.findings)
    blind = f"; {unknown} could not be judged" if unknown else ""
    return (", ".join(parts) or "no findings") + blind
