"""``ecs-audit demo``: the bundled sample account through the whole chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from auditor.commands.check import judged
from auditor.commands.collect import collected
from auditor.commands.settings import settings_of
from auditor.errors import CollectionError, SnapshotError
from auditor.options import Command, options

FORMATS = "html,pdf,json,csv"


@click.command(cls=Command)
@options("out", "format", "lang")
def demo(**given: Any) -> None:
    """Run the bundled sample account through the whole chain; no AWS needed."""
    from auditor.resources import builtin

    folder = builtin("demo")
    recordings = sorted(path.parent for path in folder.glob("*/recording.json"))
    if not recordings:
        raise CollectionError(f"{folder} holds no recording; the installation is incomplete.")
    db = Path(settings_of(given)[0].out) / "audit.duckdb"
    db.parent.mkdir(parents=True, exist_ok=True)
    _cleared(db, recordings)
    for recording in recordings:
        base = {**given, "config": str(folder / "demo.toml"), "from_": str(recording),
                "db": str(db), "snapshot": "latest",
                "formats": given["formats"] or FORMATS}  # fmt: skip
        collected(settings_of(base)[0], base)
        judged(base, write=recording == recordings[-1])


def _cleared(db: Path, recordings: list[Path]) -> None:
    """Remove an earlier demo's database; raise SnapshotError where it is an audit of one's own."""
    from auditor.snapshot.records import accounts

    if not db.exists():
        return
    heads = [json.loads((path / "recording.json").read_bytes()) for path in recordings]
    if accounts(db) - {scope["account"] for head in heads for scope in head["scopes"]}:
        raise SnapshotError(f"{db} holds audits of other accounts; name another folder by --out.")
    db.unlink()
