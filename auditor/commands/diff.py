"""``ecs-audit diff``: what is new, fixed or changed between two snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from auditor.commands.judging import checked
from auditor.commands.settings import settings_of
from auditor.options import JUDGE, Command, options
from auditor.tables import show

if TYPE_CHECKING:
    from auditor.api import Checked
    from auditor.findings import Finding

COLUMNS = ["change", "severity", "rule", "resource", "part"]


@click.command(cls=Command)
@options("config", "db", *JUDGE)
@click.argument("before", default="latest~1")
@click.argument("after", default="latest")
def diff(before: str, after: str, **given: Any) -> int:
    """Show new, fixed and changed findings between two snapshots.

    Ends with 1 where something at or above --fail-on is new. "not read" means that
    one of the snapshots could not judge the rule there.
    """
    from auditor import api
    from auditor.findings import SEVERITIES

    settings, loaded = settings_of(given)
    with api.open(settings.db, before) as snapshot:
        was = checked(settings, loaded, given, snapshot)
    with api.open(settings.db, after) as snapshot:
        now = checked(settings, loaded, given, snapshot)
    rows = compared(was, now)
    show(COLUMNS, [[word, f.severity, f.rule, f.resource, f.part] for word, f in rows])
    never = settings.fail_on == "never"
    counting = () if never else SEVERITIES[: SEVERITIES.index(settings.fail_on) + 1]
    return int(any(w == "new" and f.status == "fail" and f.severity in counting for w, f in rows))


def compared(was: Checked, now: Checked) -> list[tuple[str, Finding]]:
    """Return (change, finding) by fingerprint, only where both snapshots could judge."""
    before, after = _open(was), _open(now)
    both = set(was.judged) & set(now.judged)
    found = []
    for mark, one in (before | after).items():
        if mark in before and mark in after:
            if before[mark].severity == one.severity:
                continue
            word = f"was {before[mark].severity}"
        elif (one.rule, one.account, one.region) not in both:
            word = "not read"
        else:
            word = "new" if mark in after else "fixed"
        found.append((word, one))
    return found


def _open(done: Checked) -> dict[str, Finding]:
    """Return open findings by fingerprint, the most severe of each (they are sorted)."""
    listed = [f for f in done.report.findings if f.status in ("fail", "waived")]
    return {f.fingerprint: f for f in reversed(listed)}
