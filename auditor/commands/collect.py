"""``ecs-audit collect``: a snapshot only."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor import notices
from auditor.commands.settings import Given, settings_of, waivers
from auditor.errors import CollectionError
from auditor.options import WHERE, Command, options
from auditor.output import say
from auditor.progress import Bar

if TYPE_CHECKING:
    from auditor.collectors.reader import Options
    from auditor.config import Settings


@click.command(cls=Command)
@options(*WHERE, "waivers", "plan")
def collect(**given: Any) -> int:
    """Collect a snapshot only.

    Ends with 0, or with 3 where something could not be read and nobody accepted that.
    """
    settings, _ = settings_of(given)
    if given["plan"]:
        _plan(settings, given)
        return 0
    return 3 if _gaps_left(settings, collected(settings, given)) else 0


def _gaps_left(settings: Settings, name: str) -> bool:
    """Say whether a snapshot has a gap that nobody accepted by its end."""
    import datetime

    from auditor import api
    from auditor.grounds import gaps

    with api.open(settings.db, name) as snapshot:
        day = datetime.datetime.fromisoformat(snapshot.info.finished_at).date()
        accepted = waivers(settings)
        return not all(accepted.accepts(gap, day) for gap in gaps(snapshot))


def _plan(settings: Settings, given: Given) -> None:
    from auditor import origins
    from auditor.plan import planned

    stop = threading.Event()
    asked = origins.options(settings, given)
    origin = origins.origin(settings, given, stop)
    for line in planned(origin, origins.within(asked, origin), stop):
        say(line)


def collected(settings: Settings, given: Given) -> str:
    """Collect into the database and say so; return the snapshot's id."""
    import msgspec

    from auditor import api, origins
    from auditor.snapshot.reader import sound

    stop = threading.Event()
    asked = origins.options(settings, given)
    accepted = waivers(settings)
    sound(Path(settings.db))
    origin = origins.origin(settings, given, stop)
    asked = origins.within(asked, origin)
    recorder = origins.recorder(origin, given)
    if recorder:
        origin = msgspec.structs.replace(origin, source=recorder)
    try:
        with Bar(settings.quiet) as bar:
            name, states = api.collect(Path(settings.db), origin, asked, stop, bar, accepted)
    except BaseException:
        # The workers of an interrupted run must not ask on.
        stop.set()
        raise
    if recorder:
        recorder.write(origins.manifest(origin, asked))
    notices.note(f"snapshot {name} in {settings.db}")
    for state in states:
        if state.status != "complete":
            notices.note(f"{state.account} {state.region} {state.status}: {state.reason}")
    if asked.clusters or asked.tags:
        _met(settings, name, asked)
    return name


def _met(settings: Settings, name: str, asked: Options) -> None:
    """Say which of the named clusters nobody has; raise CollectionError where none was read."""
    from auditor import api

    with api.open(settings.db, name) as snapshot:
        rows = snapshot.rows("select cluster_arn, cluster_name from clusters").rows
        blind = snapshot.rows(
            "select call from collection_gaps where call in ('ecs:ListClusters', "
            "'ecs:DescribeClusters')"
        ).rows
    if blind:
        return  # the gap says it, and every verdict that hangs on it
    if not rows:
        what = [*(f"--cluster {c}" for c in asked.clusters),
                *(f"--tag {k}={v}" for k, v in asked.tags.items())]  # fmt: skip
        raise CollectionError(f"No cluster was read that fits {', '.join(what)}.")
    for cluster in asked.clusters:
        if cluster not in {text for row in rows for text in row}:
            notices.warn(f"no cluster {cluster} was read")
