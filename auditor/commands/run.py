"""``ecs-audit run``: collect, check and report in one go."""

from __future__ import annotations

from typing import Any

import click

from auditor.commands.check import judged
from auditor.commands.collect import collected
from auditor.commands.judging import prepared
from auditor.commands.settings import foreseen, settings_of
from auditor.options import JUDGE, SHOW, WHERE, Command, options


@click.command(cls=Command)
@options(*WHERE, *JUDGE, *SHOW)
def run(**given: Any) -> int:
    """Collect, check and report in one go."""
    settings, loaded = settings_of(given)
    foreseen(settings, given)
    by = prepared(settings, loaded, given)
    collected(settings, given)
    return judged({**given, "snapshot": "latest"}, by)
