"""``ecs-audit run``: collect, check and report in one go."""

from __future__ import annotations

from typing import Any

import click

from auditor.commands.check import judged
from auditor.commands.collect import collected
from auditor.commands.settings import chosen_rules, formats, settings_of, time_of, waivers
from auditor.options import JUDGE, SHOW, WHERE, Command, options


@click.command(cls=Command)
@options(*WHERE, *JUDGE, *SHOW)
def run(**given: Any) -> int:
    """Collect, check and report in one go."""
    settings, _ = settings_of(given)
    # A mistake in any of these is said before the account is asked for an hour.
    formats(settings)
    chosen_rules(settings, given)
    waivers(settings)
    time_of(given["as_of"])
    collected(settings, given)
    return judged({**given, "snapshot": "latest"})
