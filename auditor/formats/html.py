"""report.html: one self-contained file, its rows in a columnar data island."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO

from auditor.findings import SEVERITIES, Finding, Report
from auditor.formats import texts, theme
from auditor.formats.view import environment, plain, view
from auditor.resources import builtin

FILE = "report.html"
COLUMNS = ("rule", "severity", "status", "account", "region", "resource", "part", "reason")
# Characters that could end a script element or a JavaScript line.
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def write(
    report: Report, stream: BinaryIO, folder: Path | None = None, brand: Path | None = None
) -> None:
    """Write the report; ``folder`` is a theme, ``brand`` an SVG. Raises RenderError."""
    own = builtin("reports") / "default"
    css = theme.tokens(folder) + (own / "screen.css").read_text(encoding="utf-8")
    script = (own / "app.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    page = (
        environment()
        .get_template("report.html")
        .render(
            report=report,
            view=view(report),
            t=texts.texts(report.document.language),
            css=css,
            script=script,
            policy=policy,
            island=island(report),
            severities=SEVERITIES,
            brand=theme.brand(brand, folder),
        )
    )
    stream.write(page.encode("utf-8", "replace"))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def island(report: Report) -> str:
    """Return findings as columns of dictionary indexes, and rules once; safe inside a script."""
    words: dict[str, int] = {}

    def word(value: object) -> int:
        return words.setdefault(plain(value or ""), len(words))

    rows = report.findings
    columns: dict[str, list[Any]] = {
        name: [word(getattr(f, name)) for f in rows] for name in COLUMNS
    }
    columns["id"] = [f.id for f in rows]
    columns["new"] = [int(f.new) for f in rows]
    columns["seen"] = [word(f.first_seen[:10]) for f in rows]
    columns["evidence"] = [word(_evidence(f)) for f in rows]
    columns["services"] = [word(" ".join(f.context.services)) for f in rows]
    columns["clusters"] = [word(" ".join(f.context.clusters)) for f in rows]
    columns["waiver"] = [word(_waiver(f)) for f in rows]
    rules = {
        r.id: {"title": r.title, "why": r.why, "fix": r.fix, "sql": r.sql, "refs": r.refs,
               "snippets": r.snippets, "severity": r.severity, "confidence": r.confidence}
        for r in report.rules
    }  # fmt: skip
    text = json.dumps({"words": list(words), "columns": columns, "rules": rules},
                      ensure_ascii=False, separators=(",", ":"))  # fmt: skip
    for char, escape in ESCAPES.items():
        text = text.replace(char, escape)
    return text


def _evidence(finding: Finding) -> str:
    return "\n".join(f"{k}: {v}" for k, v in finding.evidence.items() if v is not None)


def _waiver(finding: Finding) -> str:
    w = finding.waiver
    return f"{w.id}, until {w.expires}, {w.owner}: {w.reason}" if w else ""
