"""Formats: valid, hostile data intact, tagged PDF, no script but our own in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from auditor.errors import RenderError
from auditor.formats import names, theme
from tests.formats.samples import hostile, written


def test_formats_are_found_by_folder() -> None:
    assert {"html", "pdf", "json", "csv", "sarif", "junit", "md"} <= set(names())


def test_csv_neutralises_formulas() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv", hostile()).decode())))
    assert len(rows) == 3
    assert all(not value.startswith(("=", "+", "@")) for row in rows for value in row.values())
    assert rows[0]["part"].startswith("'=")


def test_junit_is_xml_and_sarif_has_one_location_each() -> None:
    assert ET.fromstring(written("junit", hostile())).tag == "testsuites"
    results = json.loads(written("sarif", hostile()))["runs"][0]["results"]
    for result in results:
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"ecs/\d{12}/[a-z0-9-]+/[^/<>\"]+/[^/<>\"]+\.json", uri), uri


def test_markdown_holds_no_markup_of_the_account() -> None:
    assert b"<script>" not in written("md", hostile())


def test_html_island_cannot_be_left() -> None:
    page = written("html", hostile()).decode()
    assert page.count("</script>") == 2
    assert "window.hit=1</script>" not in page
    assert "style=" not in page


def test_pdf_is_tagged_and_names_the_same_findings(tmp_path: Path) -> None:
    from pypdf import PdfReader

    report = hostile("plain")
    data = written("pdf", report)
    pdf = PdfReader(io.BytesIO(data))
    text = "".join(page.extract_text() for page in pdf.pages)
    for finding in report.findings:
        assert finding.id[:12] in text
    assert sorted(pdf.attachments) == ["findings.csv", "findings.json"]
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert written("pdf", report) == data


def test_pdf_caps_rows_and_says_so() -> None:
    from pypdf import PdfReader

    report = hostile("plain", 12)
    capped = msgspec.structs.replace(
        report, document=msgspec.structs.replace(report.document, pdf_max_per_rule=5)
    )
    pdf = PdfReader(io.BytesIO(written("pdf", capped)))
    assert "5 of 12 shown" in " ".join("".join(p.extract_text() for p in pdf.pages).split())


def test_ten_kilobyte_names_are_rendered() -> None:
    assert written("pdf", hostile("x" * 10_240, 1)).startswith(b"%PDF")


@pytest.mark.parametrize(
    "drawing",
    [
        "<svg><script>1</script></svg>",
        '<svg onload="x()"/>',
        '<svg><image href="file:///etc"/></svg>',
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        "<svg><style>@import url(x)</style></svg>",
        '<svg><path fill="url(https://x.example/)"/></svg>',
        "no drawing",
    ],
)
def test_a_brand_that_reaches_out_is_refused(tmp_path: Path, drawing: str) -> None:
    (tmp_path / "b.svg").write_text(drawing)
    with pytest.raises(RenderError):
        theme.brand(tmp_path / "b.svg", None)


def test_a_theme_sets_properties_alone(tmp_path: Path) -> None:
    (tmp_path / "tokens.css").write_text(":root{--accent:#123456;--size:12px}")
    assert "#123456" in theme.tokens(tmp_path)
    (tmp_path / "tokens.css").write_text(":root{--accent:url(https://x.example)}")
    with pytest.raises(RenderError, match="custom properties"):
        theme.tokens(tmp_path)


def test_the_report_works_in_chromium_and_runs_no_script_of_the_account(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: apt-get install chromium"
    path = tmp_path / "report.html"
    path.write_bytes(written("html", hostile()))
    seen: list[str] = []
    said: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        page = browser.new_page()
        page.on("request", lambda request: seen.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(path.as_uri())
        assert page.locator("#rows tbody tr").count() == 3
        page.keyboard.press("/")
        page.keyboard.type("calc")
        assert page.locator("#rows tbody tr").count() == 3
        page.fill("#q", "no such thing")
        assert page.locator("#rows tbody tr").count() == 0
        page.fill("#q", "")
        page.locator("#rows tbody tr").first.click()
        assert page.locator("dialog[open]").count() == 1
        assert "#f=" in page.url
        page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0
        assert page.evaluate("window.hit") is None
        browser.close()
    assert seen == [path.as_uri()]
    assert not [text for text in said if "Content Security Policy" in text]
