"""WeasyPrint with less memory and time; each departure from its defaults is explained here.

Imported when a PDF is made and not before: importing it loads Pango.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pydyf
import weasyprint
from weasyprint.html import UA

NOTES = re.compile(r"^::(?:foot)?note-.*$", re.MULTILINE)
MARKER = re.compile(r"^::marker", re.MULTILINE)


class Page(weasyprint.HTML):  # type: ignore[misc]
    """The page to print, under the browser's own style sheet without notes.

    That sheet styles pseudo-elements of every element: the markers of lists, and notes that we do
    not have. They are nine styles of ten, and were a third of the memory.
    """

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:  # noqa: ARG002 - as there
        return [weasyprint.CSS(string=MARKER.sub("li::marker", NOTES.sub("", UA)))]


@contextlib.contextmanager
def references_kept() -> Iterator[None]:
    """Let a PDF make the references of its pages once: it makes all of them anew for each tag.

    With 240 pages that is a fifth of the time, growing with the square of the pages.
    """
    made = pydyf.PDF.page_references.fget
    kept: dict[tuple[Any, int], tuple[bytes, ...]] = {}

    def page_references(pdf: Any) -> tuple[bytes, ...]:
        key = pdf, pdf.pages["Count"]
        if key not in kept:
            kept.clear()
            kept[key] = made(pdf)
        return kept[key]

    pydyf.PDF.page_references = property(page_references)
    try:
        yield
    finally:
        pydyf.PDF.page_references = property(made)


class Painted:
    """A page that leaves one text of its drawing, not a list of its thousands of steps."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def __getattr__(self, name: str) -> Any:
        """Be the page in all else."""
        return getattr(self._page, name)

    def paint(self, stream: Any, scale: float = 1) -> None:
        """Draw the page."""
        self._page.paint(stream, scale)
        stream.stream = [b"\n".join(map(_said, stream.stream))]


def _said(step: Any) -> bytes:
    if isinstance(step, pydyf.Object):
        step = step.data
    return step if isinstance(step, bytes) else str(step).encode("ascii")


class Made(pydyf.Object):  # type: ignore[misc]
    """An object of a PDF as the bytes that are written, many times smaller than what made them."""

    data = b""
    compressible = False

    @classmethod
    def of(cls, item: Any) -> Made:
        """Make an object's bytes."""
        made = cls()
        made.number, made.generation = item.number, item.generation
        made.data, made.compressible = item.data, item.compressible
        return made


def finish(document: Any, pdf: Any) -> None:
    """Mend fonts and tags, drop the pages that are drawn and tagged by now, make objects.

    Each is made once: writing asks twice for the bytes, and compresses anew each time.
    """
    scoped(pdf)
    readable(pdf)
    document.pages.clear()
    for number, item in enumerate(pdf.objects):
        if item.free != "f":
            pdf.objects[number] = Made.of(item)


def scoped(pdf: Any) -> None:
    """Say of header cells what they head, by the part of the table: WeasyPrint does not."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":
            row = pdf.objects[int(item["P"].split()[0])]
            in_body = pdf.objects[int(row["P"].split()[0])].get("S") == "/TBody"
            scope = "/Row" if in_body else "/Column"
            item["A"] = pydyf.Dictionary({"O": "/Table", "Scope": scope})


def readable(pdf: Any) -> None:
    """Let glyphs be named by their number in fonts that lack some of the report's characters.

    WeasyPrint writes a table of its own for these, by which several readers cannot extract any
    of the font's text. A number beyond the font's glyphs is drawn as a missing one all the same.
    """
    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("Subtype") == "/Type0":
            item["Encoding"] = "/Identity-H"
