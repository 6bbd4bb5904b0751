"""Print rows: columns for people, csv, json or Markdown for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from auditor.output import say, visible

if TYPE_CHECKING:
    from auditor.snapshot import Result

NARROW = 8  # no column is cut below this
COLOURS = {"critical": "red", "high": "red", "medium": "yellow", "fail": "red", "new": "red",
           "fixed": "green"}  # fmt: skip


def show(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows to stdout: cut to the terminal's width there, whole and plain elsewhere."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else None
    colour = terminal and not os.environ.get("NO_COLOR")
    say(columns(names, rows, width, colour=colour), end=False, styled=True)


def printed(result: Result, form: str) -> str:
    """Return a result as text in one of table, csv, json, md."""
    forms: dict[str, Callable[[Result], str]] = {
        "table": _table, "csv": _csv, "json": _json, "md": _md}  # fmt: skip
    return forms[form](result)


def _json(result: Result) -> str:
    rows = [dict(zip(result.names, map(_plain, row), strict=True)) for row in result.rows]
    return json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n"


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: decimals are numbers, what is no number is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _csv(result: Result) -> str:
    from auditor.formats.csv import cell

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(cell, result.names))
    writer.writerows([cell(value) for value in row] for row in result.rows)
    return out.getvalue()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else visible(str(value))


def _md(result: Result) -> str:
    def line(values: Sequence[Any]) -> str:
        return "| " + " | ".join(_text(v).replace("|", "\\|") for v in values) + " |"

    lines = [line(result.names), "|" + "---|" * len(result.names), *map(line, result.rows)]
    return "\n".join(lines) + "\n"


def _table(result: Result) -> str:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    count = len(result.rows)
    return columns(result.names, result.rows, width) + (
        f"({count} row{'' if count == 1 else 's'})\n"
    )


def columns(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    width: int | None = None,
    *,
    colour: bool = False,
) -> str:
    """Return aligned columns; ``width`` (terminal cells) cuts the widest ones, None cuts none."""
    cells = [[_text(v) for v in row] for row in rows]
    widths = [max(map(_wide, column)) for column in zip(names, *cells, strict=True)]
    if width is not None:
        _narrow(widths, width)
    lines = [list(names), ["-" * w for w in widths], *cells]
    return "".join(_line(line, widths, colour=colour) + "\n" for line in lines)


def _narrow(widths: list[int], total: int) -> None:
    """Take from the widest column until the line fits, or every column is as narrow as it may."""
    while sum(widths) + 2 * (len(widths) - 1) > total and max(widths, default=0) > NARROW:
        widths[widths.index(max(widths))] -= 1


def _line(cells: Sequence[str], widths: Sequence[int], *, colour: bool) -> str:
    made = []
    for text, width in zip(cells, widths, strict=True):
        shown = _cut(text, width)
        padded = shown + " " * (width - _wide(shown))
        made.append(click.style(padded, fg=COLOURS.get(text)) if colour else padded)
    return "  ".join(made).rstrip()


def _wide(text: str) -> int:
    """Return the number of terminal cells: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _cut(text: str, width: int) -> str:
    if _wide(text) <= width:
        return text
    shown, room = "", width - 1
    for c in text:
        room -= _wide(c)
        if room < 0:
            break
        shown += c
    return shown + "…"
