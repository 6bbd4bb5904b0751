"""What the tests of the two reports share: one browser, and writing a format to bytes."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.findings import Report
from auditor.formats import load


def written(name: str, report: Report, **theme: Any) -> bytes:
    stream = io.BytesIO()
    load(name).write(report, stream, **theme)
    return stream.getvalue()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        yield made
        made.close()


class Page:
    """A report in Chromium, with every request and every message of the console."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.url = path.as_uri()
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(self.url)

    def rows(self) -> int:
        count: int = self.page.locator("#rows tbody tr").count()
        return count

    def close(self) -> None:
        """End it; whatever was done, nothing was asked for and nothing complained."""
        self.context.close()
        outside = [u for u in self.requests if not u.startswith(("data:", "blob:"))]
        assert {u.split("#")[0] for u in outside} == {self.url}
        assert self.said == []


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_report(
        report: Report, theme: Path | None = None, fragment: str = "", **context: Any
    ) -> Page:
        path = tmp_path / f"report{len(pages)}.html"
        path.write_bytes(written("html", report, folder=theme))
        page = Page(browser, path, **context)
        if fragment:
            page.page.goto(page.url + fragment)
            page.page.reload()
        pages.append(page)
        return page

    yield open_report
    for page in pages:
        page.close()
