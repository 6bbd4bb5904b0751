"""The text of a PDF's pages, as PDFium extracts it: the reader in Chromium."""

from __future__ import annotations

import pypdfium2


def pages(data: bytes) -> list[str]:
    """Return each page's text, with plain line ends."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [_text(page) for page in document]
    finally:
        document.close()


def _text(page: pypdfium2.PdfPage) -> str:
    text: str = page.get_textpage().get_text_bounded()
    return text.replace("\r\n", "\n")
