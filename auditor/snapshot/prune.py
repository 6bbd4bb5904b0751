"""Forget old snapshots: their rows, their checks, and content that nothing else holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditor import catalog
from auditor.snapshot.ddl import LEDGER, ledger_columns, text
from auditor.snapshot.files import STORE, replaced
from auditor.snapshot.reader import BINDABLE
from auditor.snapshot.records import snapshots

H = f"{STORE}.history"
OF_CHECKS = tuple(n for n in LEDGER if ledger_columns(n)[0] == "check_id")


def pruned(db: Path, keep: int, *, dry_run: bool = False) -> list[str]:
    """Delete all but the ``keep`` newest snapshots that were read; return the ids that went.

    Revisions stay: they are described once for ever, and rules look into every one.
    """
    every = snapshots(db)
    read = [row["seq"] for row in every if row["status"] in BINDABLE]
    oldest = read[-keep] if len(read) >= keep else 0
    gone = [row for row in every if row["seq"] < oldest]
    if gone and not dry_run:
        with replaced(db) as con:
            con.execute("begin")
            _forget(con, oldest)
            con.execute("commit")
    return [row["snapshot_id"] for row in gone]


def _forget(con: Any, oldest: int) -> None:
    for name in OF_CHECKS:
        old = f"select check_id from {H}.checks where seq < {oldest}"
        if name != "checks":
            con.execute(f"delete from {H}.{name} where check_id in ({old})")
    kept = [t.name for t in catalog.tables().values() if t.kept == "snapshot"]
    for name in (*kept, *(n for n in LEDGER if "seq" in ledger_columns(n))):
        con.execute(f"delete from {H}.{name} where seq < {oldest}")
    for table in catalog.tables().values():
        if table.kept == "content":
            name = text(table.name)
            held = f"select rev from {H}.content_members where table_name = {name}"
            con.execute(f"delete from {H}.{table.name} where rev not in ({held})")
            con.execute(
                f"delete from {H}.content_groups where table_name = {name} and rev not in ({held})"
            )
