"""``ecs-audit doctor``: what is wrong here, and what to do."""

from __future__ import annotations

from typing import Any

import click

from auditor.commands.settings import settings_of
from auditor.options import Command, options
from auditor.output import say


@click.command(cls=Command)
@options("config", "db", "profile", "role_arn", "endpoint_url")
def doctor(**given: Any) -> int:
    """Say what is wrong with this installation, these credentials, this file."""
    from auditor.doctor import examined
    from auditor.origins import login

    settings, loaded = settings_of(given)
    wrong = 0
    for good, line in examined(settings, loaded, login(settings, given)):
        say(f"{'ok  ' if good else 'FAIL'} {line}")
        wrong += not good
    return 4 if wrong else 0
