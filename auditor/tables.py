"""Print query results: a table for people, csv, json or Markdown for programs."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from auditor.formats.csv import cell
from auditor.snapshot import Result

WIDE = 60


def printed(result: Result, form: str) -> str:
    """Return a result as text in one of table, csv, json, md."""
    return {"table": _table, "csv": _csv, "json": _json, "md": _md}[form](result)


def _json(result: Result) -> str:
    rows = [dict(zip(result.names, row, strict=True)) for row in result.rows]
    return json.dumps(rows, indent=2, ensure_ascii=False, default=str) + "\n"


def _csv(result: Result) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.names)
    writer.writerows([cell(value) for value in row] for row in result.rows)
    return out.getvalue()


def _text(value: Any) -> str:
    # Account data may hold terminal control sequences.
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _md(result: Result) -> str:
    lines = ["| " + " | ".join(result.names) + " |", "|" + "---|" * len(result.names)]
    lines += [
        "| " + " | ".join(_text(v).replace("|", "\\|") for v in row) + " |" for row in result.rows
    ]
    return "\n".join(lines) + "\n"


def _table(result: Result) -> str:
    rows = [[_text(v) for v in row] for row in result.rows]
    shown = [[v if len(v) <= WIDE else v[: WIDE - 1] + "…" for v in row] for row in rows]
    widths = [max([len(n), *(len(r[i]) for r in shown)]) for i, n in enumerate(result.names)]
    lines = [[*result.names], ["-" * w for w in widths], *shown]
    body = "\n".join(
        "  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    return f"{body}\n({len(rows)} rows)\n"
