"""report.html: one self-contained file, its rows in a columnar data island."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import BinaryIO

from auditor.findings import SEVERITIES, WEIGHTS, Report
from auditor.formats import theme
from auditor.formats.filters import environment
from auditor.formats.island import island
from auditor.formats.view import view
from auditor.resources import builtin

FILE = "report.html"


def write(
    report: Report, stream: BinaryIO, folder: Path | None = None, brand: Path | None = None
) -> None:
    """Write the report; ``folder`` is a theme, ``brand`` an SVG. Raises RenderError."""
    own = builtin("reports") / "default"
    look = theme.load(folder, brand, report.document.language)
    css = look.css + (own / "screen.css").read_text(encoding="utf-8")
    script = (own / "app.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    page = (
        environment(report.document.timezone)
        .get_template("report.html")
        .render(
            report=report,
            view=view(report, look.texts),
            t=look.texts,
            colour=look.colour,
            css=css,
            script=script,
            policy=policy,
            island=island(report, look.texts),
            severities=SEVERITIES,
            weights=WEIGHTS,
            brand=look.logo,
            digests=[],
        )
    )
    stream.write(page.encode("utf-8", "replace"))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
