"""``ecs-audit query``: SQL on the snapshot."""

from __future__ import annotations

import sys
from typing import Any

import click

from auditor.commands.opening import opened
from auditor.commands.settings import Given, settings_of, text_of
from auditor.errors import UsageError
from auditor.options import Command, options
from auditor.output import say


@click.command(cls=Command)
@options("config", "db", "snapshot")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "md", "parquet"]),
              default="table", show_default=True)  # fmt: skip
@click.option("-f", "--file", "path", help="Read the SQL from a file; - reads stdin.")
@click.argument("sql", required=False)
def query(**given: Any) -> None:
    """Run one SELECT on the snapshot.

    The SQL is the argument, a file (-f) or stdin. The views of one snapshot have plain
    names; the schema history holds every snapshot.
    """
    from auditor.tables import printed

    settings, _ = settings_of(given)
    sql = _sql(given)
    parquet = given["form"] == "parquet"
    if parquet and sys.stdout.isatty():
        raise UsageError("--format parquet is binary; write it to a file: … > rows.parquet")
    with opened(settings, given["snapshot"]) as snapshot:
        rows = snapshot.select(sql)
    if parquet:
        from auditor.snapshot.export import parquet_of

        say(parquet_of(rows), end=False)
    else:
        say(printed(rows, given["form"]), end=False)


def _sql(given: Given) -> str:
    if given["path"] and given["sql"]:
        raise UsageError("Give the SQL once: as an argument or with -f.")
    if given["path"]:
        return text_of(given["path"])
    if given["sql"] in (None, "-"):
        if sys.stdin.isatty():
            raise UsageError("There is no SQL; give it as an argument, with -f or on stdin.")
        return text_of("-")
    sql: str = given["sql"]
    return sql
