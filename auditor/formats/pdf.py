"""report.pdf: the deliverable, tagged (PDF/UA-1), with its data attached, the same bytes twice."""

from __future__ import annotations

import datetime
import gc
import io
import logging
from pathlib import Path
from typing import Any, BinaryIO

from auditor.findings import SEVERITIES, Report
from auditor.formats import csv as csv_format
from auditor.formats import json as json_format
from auditor.formats import texts, theme
from auditor.formats.view import environment, view
from auditor.resources import builtin

FILE = "report.pdf"
logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


def write(
    report: Report, stream: BinaryIO, folder: Path | None = None, brand: Path | None = None
) -> None:
    """Write the report; ``folder`` is a theme, ``brand`` an SVG. Raises RenderError."""
    # Collecting while WeasyPrint builds its many boxes finds nothing and costs a fifth.
    running = gc.isenabled()
    gc.disable()
    try:
        stream.write(_rendered(report, page(report, folder, brand)))
    finally:
        if running:
            gc.enable()


def page(report: Report, folder: Path | None = None, brand: Path | None = None) -> str:
    """Return the HTML that is printed."""
    own = builtin("reports") / "default"
    css = theme.tokens(folder) + (own / "print.css").read_text(encoding="utf-8")
    text: str = (
        environment()
        .get_template("print.html")
        .render(
            report=report,
            view=view(report),
            t=texts.texts(report.document.language),
            css=css,
            severities=SEVERITIES,
            brand=theme.brand(brand, folder),
            cap=report.document.pdf_max_per_rule,
        )
    )
    return text


def _rendered(report: Report, html: str) -> bytes:
    import weasyprint
    from weasyprint.urls import URLFetcher

    at = datetime.datetime.fromisoformat(report.check.as_of)
    document = weasyprint.HTML(
        string=html, url_fetcher=URLFetcher(allowed_protocols=["data"]), base_url=None
    ).render()
    document.metadata.attachments = [
        _attachment(weasyprint, report, json_format, "Data", at),
        _attachment(weasyprint, report, csv_format, "Alternative", at),
    ]
    made: bytes = document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=report.snapshot.digest[:32].encode(),
        finisher=_scoped,
        custom_metadata=False,
    )
    return made


def _attachment(
    weasyprint: Any, report: Report, form: Any, relationship: str, at: datetime.datetime
) -> Any:
    data = io.BytesIO()
    form.write(report, data)
    return weasyprint.Attachment(
        string=data.getvalue(),
        name=form.FILE,
        description=f"All findings, {form.FILE}",
        relationship=relationship,
        created=at,
        modified=at,
    )


def _scoped(_document: Any, pdf: Any) -> None:
    """Give header cells their scope: WeasyPrint tags TH without one."""
    import pydyf

    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":
            item["A"] = pydyf.Dictionary({"O": "/Table", "Scope": "/Column"})
