"""report.pdf: accessible, bounded, complete, and the same bytes wherever it is made."""

from __future__ import annotations

import gc
import hashlib
import io
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from auditor.findings import Report
from auditor.formats import pdf as pdf_format
from bench.reports.sample import report
from tests.conftest import ROOT
from tests.formats_visual.conftest import written
from tests.pdftext import pages

pytestmark = pytest.mark.long
EVIL = "<script>x</script> {{7*7}} {% raw %} \u202e \x00 \x1b[31m </style> \"'\\ 日本語 &lt;"
ID = re.compile(r"\b[0-9a-f]{32}\b")


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def text_of(data: bytes) -> str:
    return "\n".join(pages(data))


def bookmarks(items: list[Any], level: int = 1) -> list[tuple[int, str]]:
    found = []
    for item in items:
        found += bookmarks(item, level + 1) if isinstance(item, list) else [(level, item.title)]
    return found


@pytest.mark.parametrize("language", ["en", "ja"])
def test_pdfua_finds_no_error_and_no_warning(tmp_path: Path, language: str) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(written("pdf", report(40, 12, text=EVIL, language=language)))
    done = subprocess.run(
        [sys.executable, "-m", "pdfua", "check", path], capture_output=True, text=True
    )
    assert "errors=0 warnings=0" in done.stdout, done.stdout + done.stderr


def test_the_two_reports_name_the_same_findings() -> None:
    made = report(230, 3, pdf_max_per_rule=0)
    page = written("html", made).decode()
    island = re.search(r'id="island">(.*?)</script>', page, re.DOTALL)
    assert island
    in_html = set(json.loads(island[1])["ids"].split())
    assert in_html == {f.id for f in made.findings}
    assert in_html <= set(ID.findall(text_of(written("pdf", made))))


def test_a_cap_bounds_the_rows_and_never_the_count() -> None:
    made = report(60, 2, pdf_max_per_rule=7)
    text = " ".join(text_of(written("pdf", made)).split())
    assert text.count("7 of 30 shown, the rest is in findings.json attached") == 2
    assert "60 findings are open" in text
    assert len(set(ID.findall(text)) & {f.id for f in made.findings}) == 14


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("size", "width"), [("A4", 595), ("Letter", 612)])
def test_sections_bookmarks_and_page_numbers(language: str, size: str, width: int) -> None:
    data = written("pdf", report(40, 20, page=size, language=language))
    pdf, texts = read(data), pages(data)
    assert {round(float(page.mediabox.width)) for page in pdf.pages} == {width}
    marks = bookmarks(list(pdf.outline))
    assert [title.split()[0] for level, title in marks if level == 1][
        2:
    ] == "1 2 3 4 5 6 7 8 A B C D".split()
    assert sum(level == 2 and title.startswith("SEC") for level, title in marks) == 20
    starts = {
        dest.title: pdf.get_destination_page_number(dest)
        for dest in pdf.outline
        if not isinstance(dest, list)
    }
    first, after = [n for t, n in starts.items() if t[:2] in ("1 ", "2 ")]
    assert after == first + 1, "the summary takes one page"
    contents = re.findall(r"^SEC0\d\d .*?(\d+)$", "\n".join(texts[1:first]), re.MULTILINE)
    assert len(contents) == 20
    assert f"/ {len(texts)}" in texts[5]
    assert f"/ {len(texts)}" not in texts[0]


def test_label_metadata_and_attachments() -> None:
    made = report(4, 2, text="Example K.K.", recipients=["CISO"], command="ecs-audit run")
    printed = written("pdf", made)
    pdf, text = read(printed), text_of(printed)
    assert text.count("Example K.K.") > len(pdf.pages)
    for wanted in ("CISO", "ecs-audit run", made.snapshot.digest, made.check.ruleset_digest):
        assert wanted in text.replace("\n", "")
    assert pdf.metadata
    assert pdf.metadata.author == "Example K.K."
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert sorted(pdf.attachments) == ["findings.csv", "findings.json"]
    data = pdf.attachments["findings.json"][0]
    assert data == written("json", made)
    assert hashlib.sha256(data).hexdigest() in text.replace("\n", "")


def test_waivers_gaps_changes_headroom_and_roles_are_told() -> None:
    text = "".join(text_of(written("pdf", report(8, 2, status="waived"))).split())
    for wanted in (
        "12 days left", "expired, findings count again", "matches nothing", "names an unknown rule",
        "W-2026-014: Vendor image", "iam:GetAccountAuthorizationDetails", "denied (accepted)",
        "Severity changed", "Reopened", "Not re-evaluated", "3 / 3", "2 / not known", "ADMIN",
        "61", "points since 2026-10-18",
    ):  # fmt: skip
        assert wanted.replace(" ", "") in text, wanted


def test_unknown_is_never_silent() -> None:
    text = " ".join(text_of(written("pdf", report(4, 2, status="unknown"))).split())
    assert "Checks that could not be judged: 4. Calls that left a gap: 1." in text
    assert text.count("not everything it depends on could be read") == 4
    assert "SEC001, SEC002" in text


@pytest.mark.parametrize("text", [EVIL, "x" * 10_240, "名" * 3_000, "\u0627\u0644\u0639" * 50])
def test_hostile_data_is_printed_as_text(text: str) -> None:
    pdf = read(written("pdf", report(3, 1, text=text)))
    assert len(pdf.pages) < 40
    assert "/JavaScript" not in pdf.trailer["/Root"].get("/Names", {})


def test_a_character_without_a_font_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        written("pdf", report(1, 1, text="plain"))
        assert caplog.text == ""
        made = written("pdf", report(1, 1, text="Example \U00012345 K.K."))
    assert "Example \U00012345 K.K." in read(made).pages[0].extract_text()
    assert "U+12345" in caplog.text
    assert "fonts-noto" in caplog.text


def plainly(made: Report) -> bytes:
    """Print as WeasyPrint does by itself, with the scope of header cells alone added."""
    import weasyprint

    from auditor.formats import printing

    html = pdf_format.page(made, {})
    data: bytes = weasyprint.HTML(string=html).write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        finisher=lambda _, pdf: printing.scoped(pdf),
    )
    return data


def test_what_is_spared_shows_in_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    made = report(70, 2, pdf_max_per_rule=0)
    monkeypatch.setattr(pdf_format, "ATTACHED", {})
    assert written("pdf", made) == plainly(made)


def test_an_element_has_one_style_at_most() -> None:
    from auditor.formats import printing

    html = printing.Page(string=pdf_format.page(report(200, 4, pdf_max_per_rule=0), {}))
    document = html.render()
    gc.collect()
    styles = sum(type(one).__name__ == "ComputedStyle" for one in gc.get_objects())
    assert document.pages
    assert styles < sum(1 for _ in html.etree_element.iter())


def test_a_later_row_is_one_text() -> None:
    page = pdf_format.page(report(70, 2, pdf_max_per_rule=0), {})
    rows = re.findall(r'<p class="lean">(.*?)</p>', page)
    assert len(rows) == 20
    assert not any("<" in row for row in rows)


MAKE = """
import hashlib, io, sys
from auditor.formats import load, names
from bench.reports.sample import report
made = report(30, 5, text="日本 & <b>", language="ja", timezone="Asia/Tokyo")
for name in names():
    stream = io.BytesIO()
    load(name).write(made, stream)
    print(name, hashlib.sha256(stream.getvalue()).hexdigest())
"""


def test_every_format_has_the_same_bytes_wherever_it_is_made() -> None:
    seen = set()
    for seed, zone, epoch in (("0", "UTC", "1"), ("7", "America/New_York", None)):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT),
               "LC_ALL": "C.UTF-8" if epoch else "C"}  # fmt: skip
        env.pop("SOURCE_DATE_EPOCH", None)
        if epoch:
            env["SOURCE_DATE_EPOCH"] = epoch
        done = subprocess.run([sys.executable, "-c", MAKE], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "pdf" in done.stdout
        seen.add(done.stdout)
    assert len(seen) == 1
