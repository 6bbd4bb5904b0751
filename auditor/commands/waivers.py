"""``ecs-audit waivers``: what waivers and accepted gaps still do."""

from __future__ import annotations

from typing import Any

import click

from auditor.commands.judging import checked, prepared
from auditor.commands.opening import opened
from auditor.commands.settings import settings_of
from auditor.options import JUDGE, Group, options
from auditor.tables import show


@click.group(cls=Group)
def waivers() -> None:
    """Check waiver files."""


@waivers.command("check")
@options("config", "db", "snapshot", *JUDGE)
def check(**given: Any) -> int:
    """List what each waiver does; end with 1 for expired, unused or unknown ones."""
    settings, loaded = settings_of(given)
    by = prepared(settings, loaded, given)
    with opened(settings, given["snapshot"]) as snapshot:
        found = checked(by, snapshot).report.waivers
    names = ["state", "id", "expires", "covered", "subject"]
    show(names, [[getattr(state, name) for name in names] for state in found])
    return int(any(state.state != "active" for state in found))
