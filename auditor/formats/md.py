"""summary.md: a job summary of bounded length, in the report's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from auditor.findings import SEVERITIES, Finding, Report
from auditor.formats.texts import fill, texts
from auditor.formats.view import Gap, view

FILE = "summary.md"
SHOWN, GAPS = 200, 20
LIMIT = 1_000_000  # bytes; GitHub takes a job summary of 1 MiB and drops a longer one whole
MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~&@:-])")


def escaped(text: str) -> str:
    """Return account data as plain Markdown text in one line, without links and mentions."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return MARKUP.sub(r"\\\1", flat[:300])


def write(report: Report, stream: BinaryIO) -> None:
    """Write the summary, the gaps and the most severe findings, as many as fit."""
    t = texts(report.document.language)
    seen = view(report, t)
    failing = [f for f in report.findings if f.status == "fail"]
    lines = [
        f"# {escaped(seen.title)}",
        "",
        f"{t['snapshot']} `{report.snapshot.id}` ({t['scope_' + report.snapshot.status]}), "
        f"{t['as_of']} {report.check.as_of}",
        "",
        *(f"- {escaped(sentence)}" for sentence in seen.sentences),
        "",
        *_table((t["severity"], t["k_open"]), [(t[s], str(seen.counts[s])) for s in SEVERITIES]),
        *_gaps(seen.gaps, t),
        "",
        *_table([t[n] for n in ("severity", "rule", "resource", "part", "reason")],
                [_row(f, t) for f in failing[:SHOWN]]),
    ]  # fmt: skip
    if len(failing) > SHOWN:
        lines += ["", fill(t["md_rest"], shown=SHOWN, all=len(failing))]
    stream.write(_bounded(lines, t).encode("utf-8", "replace"))


def _row(f: Finding, t: dict[str, Any]) -> tuple[str, ...]:
    rule = f"{f.rule} {escaped(f.title)}"
    return t[f.severity], rule, escaped(f.resource), escaped(f.part or ""), escaped(f.reason)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _gaps(found: list[Gap], t: dict[str, Any]) -> list[str]:
    if not found:
        return []
    accepted = sum(gap.coverage.accepted for gap in found)
    count = f"{len(found) - accepted}" + (f" + {accepted} {t['accepted']}" if accepted else "")
    lines = ["", f"**{t['gaps']}: {count}.** {t['never_pass']}", ""]
    for gap in found[:GAPS]:
        c = gap.coverage
        note = f" ({t['accepted']})" if c.accepted else ""
        lines.append(f"- {escaped(c.call)}, {c.account} {c.region}: {t['gap_' + c.status]}{note}")
    return lines


def _bounded(lines: list[str], t: dict[str, Any]) -> str:
    """Return the lines that fit, each whole."""
    kept, size = [], 0
    for line in lines:
        size += len(line.encode("utf-8", "replace")) + 1
        if size > LIMIT:
            kept += ["", str(t["md_cut"])]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
