"""findings.csv: one row a finding, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from typing import Any, BinaryIO

from auditor.findings import Report

FILE = "findings.csv"
COLUMNS = ("id fingerprint rule title severity confidence status unknown_cause account region "
           "resource part reason first_seen new waiver services clusters in_use evidence"
           ).split()  # fmt: skip
# Full-width signs begin a formula in some languages of spreadsheets.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
UNSEEN = frozenset("Zs Zl Zp Cc Cf".split())  # categories of characters that show nothing


def write(report: Report, stream: BinaryIO) -> None:
    """Write findings, then passes where they were asked for."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for f in [*report.findings, *(report.passes or [])]:
        values = {
            "waiver": f.waiver.id if f.waiver else "",
            "services": " ".join(f.context.services),
            "clusters": " ".join(f.context.clusters),
            "in_use": f.context.in_use,
            "evidence": json.dumps(f.evidence, ensure_ascii=False),
        }
        writer.writerow(cell(values[c] if c in values else getattr(f, c)) for c in COLUMNS)
    text.flush()
    text.detach()


def cell(value: Any) -> str:
    """Return a cell: no control characters, and no text that a spreadsheet would run.

    Values that are no text stay as they are: a negative number is no formula.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return "" if value is None else str(value)
    if value.isprintable():  # all that most cells are; the only one that shows nothing is a blank
        return f"'{value}" if value.lstrip().startswith(FORMULA) else value
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in value)
    seen = next((i for i, c in enumerate(plain) if unicodedata.category(c) not in UNSEEN), 0)
    return f"'{plain}" if plain[seen:].startswith(FORMULA) or value[:1] in FORMULA else plain
