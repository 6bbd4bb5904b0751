"""``ecs-audit schema``: tables, views and columns with their meaning."""

from __future__ import annotations

from typing import Any

import click

from auditor.errors import UsageError
from auditor.options import Command
from auditor.output import say
from auditor.tables import show


@click.command(cls=Command)
@click.argument("table", required=False)
def schema(table: str | None, **_: Any) -> None:
    """Show tables and views, or the columns of TABLE, with their meaning."""
    from auditor import catalog
    from auditor.nearest import hint
    from auditor.snapshot.ddl import ledger

    tables, views, runs = catalog.tables(), catalog.views(), ledger()
    if table is None:
        docs = {n: t.doc for n, t in tables.items()} | {n: v.doc for n, v in views.items()}
        docs |= {n: doc for n, (doc, _) in runs.items()}
        show(["table", "meaning"], sorted(docs.items()))
    elif table in tables:
        say(tables[table].doc + "\n")
        show(["column", "type", "meaning"],
             [[c.name, c.type, c.doc] for c in tables[table].columns])  # fmt: skip
    elif table in views:
        say(views[table].doc + "\n")
        show(["column", "meaning"], list(views[table].columns.items()))
    elif table in runs:
        say(runs[table][0] + "\n")
        show(["column", "type", "meaning"], runs[table][1])
    else:
        near = hint(table, [*tables, *views, *runs]) or "."
        raise UsageError(f"{table} is no table{near} `ecs-audit schema` lists them.")
