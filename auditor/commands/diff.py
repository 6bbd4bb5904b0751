"""``ecs-audit diff``: what is new, fixed or changed between two snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from auditor.commands.judging import checked, prepared
from auditor.commands.opening import opened
from auditor.commands.settings import settings_of
from auditor.options import JUDGE, Command, options
from auditor.tables import show

if TYPE_CHECKING:
    from auditor.api import Checked
    from auditor.findings import Change

WORDS = {"not_re_evaluated": "not re-evaluated"}
COLUMNS = ["change", "severity", "rule", "resource", "part"]


@click.command(cls=Command)
@options("config", "db", *JUDGE)
@click.argument("before", default="latest~1")
@click.argument("after", default="latest")
def diff(before: str, after: str, **given: Any) -> int:
    """Show new, fixed and changed findings between two snapshots.

    Ends with 1 where something at or above --fail-on is new. "not re-evaluated" means that
    one of the snapshots could not judge the rule there, or not see whether the definition runs.
    """
    from auditor import api
    from auditor.findings import SEVERITIES

    settings, loaded = settings_of(given)
    by = prepared(settings, loaded, given)
    with api.open(settings.db, before) as snapshot:
        was = checked(by, snapshot)
    with opened(settings, after) as snapshot:
        now = checked(by, snapshot)
    rows = [c for c in compared(was, now) if c.kind != "still_open"]
    show(COLUMNS, [[_word(c), c.severity, c.rule, c.resource, c.part] for c in rows])
    never = settings.fail_on == "never"
    counting = () if never else SEVERITIES[: SEVERITIES.index(settings.fail_on) + 1]
    failing = {f.fingerprint for f in now.report.findings
               if f.status == "fail" and f.severity in counting}  # fmt: skip
    return int(any(c.kind == "new" and c.fingerprint in failing for c in rows))


def compared(was: Checked, now: Checked) -> list[Change]:
    """Return the changes by fingerprint, told as new or fixed only where both could judge."""
    from auditor import history

    one, other = was.report.snapshot, now.report.snapshot
    alike = history.extent_of(one.revisions, one.clusters) == history.extent_of(
        other.revisions, other.clusters
    )
    return history.changes(
        [history.of_report(was.report, frozenset(was.judged if alike else ()), was.unseen)],
        now.report.findings,
        frozenset(now.judged),
        now.unseen,
    )


def _word(change: Change) -> str:
    return f"was {change.before}" if change.before else WORDS.get(change.kind, change.kind)
