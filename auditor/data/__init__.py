"""Facts shipped with the program: CSV files with a source and a date, bound as tables."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any

import msgspec

from auditor.schema import Column, ColumnType, Row, Scope, Table

FOLDER = Path(__file__).parent
NOWHERE = Scope("", "")


class Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The YAML beside a CSV: what it holds, where it comes from, and its typed columns."""

    doc: str
    source: str
    compiled: str  # date, YYYY-MM-DD
    columns: dict[str, tuple[ColumnType, str]]


@functools.cache
def static_tables() -> dict[Table, tuple[Row, ...]]:
    """Return every shipped table with its rows; raise MappingError for a wrong cell."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        meta = msgspec.yaml.decode(path.read_bytes(), type=Described)
        columns = tuple(Column(n, t, d) for n, (t, d) in meta.columns.items())
        doc = f"{meta.doc} Source: {meta.source} ({meta.compiled})."
        table = Table(path.stem, doc, columns, "static")
        found[table] = tuple(_rows(path.with_suffix(".csv"), table))
    return found


def _rows(path: Path, table: Table) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            tuple(_cell(c.type, line[c.name]) for c in table.columns)
            for line in csv.DictReader(stream)
        ]


def _cell(kind: ColumnType, cell: str) -> Any:
    from auditor.schema import CONVERT

    if cell == "":
        return None
    parse: Any = {"BIGINT": int, "DOUBLE": float, "BOOLEAN": lambda text: text == "true"}.get(
        kind, str
    )
    return CONVERT[kind](parse(cell))
