"""``ecs-audit collect``: a snapshot only."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor import notices
from auditor.commands.settings import Given, settings_of
from auditor.options import WHERE, Command, options
from auditor.output import say
from auditor.progress import Bar

if TYPE_CHECKING:
    from auditor.config import Settings
    from auditor.findings import ScopeState


@click.command(cls=Command)
@options(*WHERE, "plan")
def collect(**given: Any) -> int:
    """Collect a snapshot only.

    Ends with 0, or with 3 where something could not be read.
    """
    settings, _ = settings_of(given)
    if given["plan"]:
        _plan(settings, given)
        return 0
    return 3 if any(s.status != "complete" for s in collected(settings, given)) else 0


def _plan(settings: Settings, given: Given) -> None:
    from auditor import origins
    from auditor.plan import planned

    stop = threading.Event()
    asked = origins.options(settings, given)
    for line in planned(origins.origin(settings, given, stop), asked, stop):
        say(line)


def collected(settings: Settings, given: Given) -> list[ScopeState]:
    """Collect into the database and say so; return how much of each scope was read."""
    import msgspec

    from auditor import api, origins

    stop = threading.Event()
    origin = origins.origin(settings, given, stop)
    recorder = origins.recorder(origin, given)
    if recorder:
        origin = msgspec.structs.replace(origin, source=recorder)
    asked = origins.options(settings, given)
    try:
        with Bar(settings.quiet) as bar:
            name, states = api.collect(Path(settings.db), origin, asked, stop, bar)
    except BaseException:
        # The workers of an interrupted run must not ask on.
        stop.set()
        raise
    if recorder:
        recorder.write(origins.manifest(origin, given))
    notices.note(f"snapshot {name} in {settings.db}")
    for state in states:
        if state.status != "complete":
            notices.note(f"{state.account} {state.region} {state.status}: {state.reason}")
    return states
