"""``ecs-audit demo``: the bundled sample account through the whole chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.commands.check import judged
from auditor.commands.collect import collected
from auditor.commands.settings import settings_of
from auditor.errors import CollectionError
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
    db = Path(given["out"] or "ecs-audit-out") / "audit.duckdb"
    db.parent.mkdir(parents=True, exist_ok=True)
    db.unlink(missing_ok=True)
    for recording in recordings:
        base = {**given, "config": str(folder / "demo.toml"), "from_": str(recording),
                "db": str(db), "snapshot": "latest",
                "formats": given["formats"] or FORMATS}  # fmt: skip
        collected(settings_of(base)[0], base)
        judged(base, write=recording == recordings[-1])
