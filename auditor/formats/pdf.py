"""report.pdf: the deliverable, tagged (PDF/UA-1), with its data attached, the same bytes twice."""

from __future__ import annotations

import contextlib
import datetime
import gc
import hashlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from auditor import garbage
from auditor.errors import RenderError
from auditor.findings import SEVERITIES, WEIGHTS, Report
from auditor.formats import csv as csv_format
from auditor.formats import fonts, theme
from auditor.formats import json as json_format
from auditor.formats.filters import environment
from auditor.formats.texts import fill
from auditor.formats.view import view
from auditor.resources import PANGO, builtin

FILE = "report.pdf"
ATTACHED = {json_format: "Data", csv_format: "Alternative"}
Files = dict[str, tuple[bytes, str]]  # name -> content, relationship


def write(
    report: Report, stream: BinaryIO, folder: Path | None = None, brand: Path | None = None
) -> None:
    """Write the report; ``folder`` is a theme, ``brand`` an SVG. Raises RenderError."""
    files = {form.FILE: (_made(form, report), kind) for form, kind in ATTACHED.items()}
    html = page(report, files, folder, brand)
    with garbage.paused(), _watched() as unprintable:
        stream.write(_rendered(report, html, files))
    unprintable.warn()


@contextlib.contextmanager
def _watched() -> Iterator[fonts.Unprintable]:
    """Keep WeasyPrint's and fontTools' messages to us; they name account data."""
    seen = fonts.Unprintable()
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    before = [(one.handlers, one.propagate) for one in loggers]
    for one in loggers:
        one.handlers, one.propagate = [seen], False
    try:
        yield seen
    finally:
        for one, (handlers, propagate) in zip(loggers, before, strict=True):
            one.handlers, one.propagate = handlers, propagate


def _made(form: Any, report: Report) -> bytes:
    data = io.BytesIO()
    form.write(report, data)
    return data.getvalue()


def page(
    report: Report, files: Files, folder: Path | None = None, brand: Path | None = None
) -> str:
    """Return the HTML that is printed."""
    look = theme.load(folder, brand, report.document.language)
    own = builtin("reports") / "default"
    text: str = (
        environment(report.document.timezone)
        .get_template("print.html")
        .render(
            report=report,
            view=view(report, look.texts),
            t=look.texts,
            colour=look.colour,
            css=fonts.faces() + look.css + (own / "print.css").read_text(encoding="utf-8"),
            severities=SEVERITIES,
            weights=WEIGHTS,
            brand=look.logo,
            cap=report.document.pdf_max_per_rule,
            digests=[
                (fill(str(look.texts["digest_file"]), name=name), hashlib.sha256(data).hexdigest())
                for name, (data, _) in files.items()
            ],
        )
    )
    return text


def _rendered(report: Report, html: str, files: Files) -> bytes:
    try:
        import weasyprint

        from auditor.formats import printing
    except OSError:
        raise RenderError(f"A PDF needs Pango: {PANGO}.") from None
    from weasyprint.urls import URLFetcher

    at = datetime.datetime.fromisoformat(report.check.as_of)
    document = printing.Page(
        string=html, url_fetcher=URLFetcher(allowed_protocols=["data"]), base_url=None
    ).render()
    document.metadata.attachments = [
        weasyprint.Attachment(
            string=data, name=name, description=name, relationship=kind, created=at, modified=at
        )
        for name, (data, kind) in files.items()
    ]
    document.pages = [printing.Painted(page) for page in document.pages]
    gc.collect()  # once, of what the layout left: writing is where memory is highest
    with printing.references_kept():
        made: bytes = document.write_pdf(
            pdf_variant="pdf/ua-1",
            pdf_identifier=hashlib.sha256(html.encode("utf-8", "replace")).digest()[:16],
            finisher=printing.finish,
            custom_metadata=False,
        )
    return made
