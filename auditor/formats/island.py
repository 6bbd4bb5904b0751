"""The data island of report.html: findings as columns of indexes into words, rules once.

A column is ``{"words": [...], "at": [index a row]}``, or ``{"words": [...], "runs": [index, count,
...]}`` where that is shorter; findings are sorted, so severity, rule, account and region are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from auditor.findings import Finding, Report
from auditor.formats.filters import plain

# Characters that could end a script element or a JavaScript line.
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
SHOWN = (  # texts that the script writes
    "new", "pass", "fail", "unknown", "waived", "count", "page", "copy", "copied", "why", "fix",
    "false_positives", "evidence", "query", "sources", "runs_on", "clusters", "services", "tags",
    "in_use", "yes", "no", "first_seen", "controls", "confidence", "critical", "high", "medium",
    "low", "info", "cause_gap", "cause_judgement", "cause_error", "account", "region", "resource",
    "part", "reason", "expires", "print_limit", "snippet_cli", "snippet_terraform", "id",
    "snippet_cloudformation", "snippet_iam", "confidence_certain", "confidence_likely", "rule",
    "confidence_heuristic", "status", "severity", "days",
)  # fmt: skip
COLUMNS: dict[str, Callable[[Finding], object]] = {
    "rule": lambda f: f.rule,
    "severity": lambda f: f.severity,
    "status": lambda f: f.status,
    "confidence": lambda f: f.confidence,
    "cause": lambda f: f.unknown_cause,
    "account": lambda f: f.account,
    "region": lambda f: f.region,
    "resource": lambda f: f.resource,
    "part": lambda f: f.part,
    "reason": lambda f: f.reason,
    "new": lambda f: "1" if f.new else "",
    "first_seen": lambda f: f.first_seen[:10],
    "evidence": lambda f: _lines(f.evidence.items()),
    "services": lambda f: "\n".join(f.context.services),
    "clusters": lambda f: "\n".join(f.context.clusters),
    "in_use": lambda f: f.context.in_use,
    "tags": lambda f: _lines(f.context.tags.items()),
    "waiver": lambda f: f.waiver and (
        f"{f.waiver.id} ({f.waiver.owner}, {f.waiver.expires}): {f.waiver.reason}"),
}  # fmt: skip


def island(report: Report, texts: dict[str, Any]) -> str:
    """Return the island as JSON that is safe inside a script element."""
    rules = {
        r.id: {
            "title": plain(r.title), "why": plain(r.why), "fix": plain(r.fix),
            "sql": plain(r.sql), "refs": r.refs, "controls": r.controls,
            "snippets": {kind: plain(text) for kind, text in r.snippets.items()},
            "false_positives": plain(r.false_positives or ""),
        }
        for r in report.rules
    }  # fmt: skip
    text = json.dumps(
        {
            "texts": {name: texts[name] for name in SHOWN},
            "day": report.check.as_of[:10],
            "ids": " ".join(f.id for f in report.findings),
            "columns": {n: _column(of(f) for f in report.findings) for n, of in COLUMNS.items()},
            "rules": rules,
        },
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip
    for char, escape in ESCAPES.items():
        text = text.replace(char, escape)
    return text


def _column(values: Iterable[object]) -> dict[str, Any]:
    words: dict[object, int] = {}
    at = [words.setdefault("" if v is None else v, len(words)) for v in values]
    runs = [n for index, run in groupby(at) for n in (index, sum(1 for _ in run))]
    said = [plain(w) for w in words]
    return {"words": said, "runs": runs} if len(runs) < len(at) else {"words": said, "at": at}


def _lines(pairs: Iterable[tuple[str, object]]) -> str:
    return "\n".join(f"{k}: {v}" for k, v in pairs if v is not None)
