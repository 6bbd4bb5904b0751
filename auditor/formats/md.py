"""summary.md: a job summary of bounded length."""

from __future__ import annotations

import re
from typing import BinaryIO

from auditor.findings import SEVERITIES, Report

FILE = "summary.md"
SHOWN = 200
MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~&-])")


def escaped(text: str) -> str:
    """Return account data as plain Markdown text in one line."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return MARKUP.sub(r"\\\1", flat[:300])


def write(report: Report, stream: BinaryIO) -> None:
    """Write counts, gaps and the most severe findings."""
    failing = [f for f in report.findings if f.status == "fail"]
    lines = [
        "# ECS audit",
        "",
        f"Snapshot `{report.snapshot.id}`, {report.snapshot.status}, as of {report.check.as_of}.",
        "",
        "| severity | findings |",
        "|---|---:|",
    ]
    lines += [f"| {s} | {sum(f.severity == s for f in failing)} |" for s in SEVERITIES]
    blind = [c for c in report.coverage if c.status not in ("ok", "not_requested")]
    if blind:
        lines += ["", f"**{len(blind)} gaps**: what was not read is never counted as passed."]
        lines += [f"- {escaped(c.call)} in {c.account} {c.region}: {c.status}" for c in blind[:20]]
    lines += ["", "| severity | rule | resource | part | reason |", "|---|---|---|---|---|"]
    for f in failing[:SHOWN]:
        cells = (f.severity, f.rule, escaped(f.resource), escaped(f.part or ""), escaped(f.reason))
        lines.append("| " + " | ".join(cells) + " |")
    if len(failing) > SHOWN:
        lines += ["", f"{SHOWN} of {len(failing)} shown; the rest is in findings.json."]
    stream.write(("\n".join(lines) + "\n").encode("utf-8", "replace"))
