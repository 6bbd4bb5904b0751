"""``ecs-audit snapshots``: list, show, verify, prune and export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor import notices
from auditor.commands.opening import opened
from auditor.commands.settings import settings_of
from auditor.options import Group, options
from auditor.output import say
from auditor.tables import show


@click.group(cls=Group)
def snapshots() -> None:
    """List, show, verify, prune and export snapshots."""


@snapshots.command("list")
@options("config", "db")
def list_(**given: Any) -> None:
    """List every snapshot of the database, oldest first, and those not finished."""
    from auditor.snapshot.records import snapshots as every
    from auditor.snapshot.records import unfinished

    db = Path(settings_of(given)[0].db)
    rows = [*every(db), *unfinished(db)]
    names = ["snapshot_id", "status", "started_at", "finished_at", "tool_version"]
    show(names, [[row[name] for name in names] for row in rows])


@snapshots.command("show")
@options("config", "db")
@click.argument("snapshot", default="latest")
def show_(**given: Any) -> None:
    """Show one snapshot's scopes and gaps."""
    with opened(settings_of(given)[0], given["snapshot"]) as snapshot:
        info = snapshot.info
        gaps = snapshot.rows("select account_id, region, call, resource, status, code "
                             "from collection_gaps order by all")  # fmt: skip
        scopes = [[s.account, s.region, s.status, s.reason] for s in snapshot.scopes]
    say(f"{info.id}  {info.status}\n{info.started_at} to {info.finished_at}\n"
               f"digest {info.digest}\n")  # fmt: skip
    show(["account_id", "region", "status", "reason"], scopes)
    if gaps.rows:
        say()
        show(gaps.names, gaps.rows)


@snapshots.command("verify")
@options("config", "db")
@click.argument("snapshot", default="latest")
def verify(**given: Any) -> None:
    """Recompute a snapshot's digest; end with 4 where its rows were changed."""
    from auditor import api
    from auditor.errors import SnapshotError
    from auditor.snapshot.records import verified

    db = Path(settings_of(given)[0].db)
    with api.open(db, given["snapshot"]) as snapshot:
        seq, info = snapshot.seq, snapshot.info
    if verified(db, seq) != info.digest:
        raise SnapshotError(f"Snapshot {info.id} was changed after it was written.")
    say(f"{info.id} {info.digest} ok")


@snapshots.command("prune")
@options("config", "db")
@click.option("--keep", type=click.IntRange(1), required=True, help="Newest snapshots to keep.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and stop.")
def prune(**given: Any) -> None:
    """Forget old snapshots and their checks.

    Counted are snapshots that were read. Task definition revisions stay: they are
    described once, and rules look for secrets in all of them.
    """
    from auditor.snapshot.prune import pruned

    found = pruned(Path(settings_of(given)[0].db), given["keep"], dry_run=given["dry_run"])
    for name in found:
        say(name)
    verb = "to forget" if given["dry_run"] else "forgotten"
    notices.note(f"snapshots {verb}: {len(found)}")


@snapshots.command("export")
@options("config", "db", "snapshot")
@click.argument("folder")
def export(**given: Any) -> None:
    """Write every table of a snapshot to FOLDER as Parquet, one file a table."""
    from auditor.snapshot.export import exported

    made = exported(Path(settings_of(given)[0].db), given["snapshot"], Path(given["folder"]))
    for path in made:
        say(str(path))
