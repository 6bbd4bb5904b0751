"""Hostile account data in every field of every format: the file stays whole and runs nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import msgspec
import pytest
from lxml import etree
from pypdf import PdfReader

from auditor.findings import Report
from auditor.formats import names
from auditor.formats.indented import indented
from bench.reports.sample import report
from tests.formats.samples import EVIL, hostile, written
from tests.pdftext import pages

TEXTS = {
    "markup": EVIL,
    "formula": "=HYPERLINK(\"https://evil.example\",\"x\")",
    "script": "</script></title></style>--><script>window.hit=1</script>",
    "template": "{{7*7}}{% include '/etc/passwd' %}{# x #}${7*7}#{7*7}<%= 7 %>",
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9b31m\x1b]8;;https://evil.example\x07",
    "directions": "\u202eabc\u2066def\u2069\u200f\u061c\ufeff",
    "surrogates": "\ud800x\udfff\ud83d",
    "separators": "a\u2028b\u2029c\x85d",
    "long": "x" * 10_240,
    "long and wide": "名" * 10_240,
    "empty": "",
}  # fmt: skip


def everywhere(text: str) -> Report:
    """Return a report that holds a text wherever an account, a rule or a setting may put one."""
    made = report(12, 4, text=text, recipients=[text], command=text, config_file=text,
                  config_digest=text)  # fmt: skip
    told = [
        msgspec.structs.replace(r, title=text, why=text, fix=text, false_positives=text, sql=text,
                                snippets={"cli": text}, not_run_reason=text, ran=n > 0)
        for n, r in enumerate(made.rules)
    ]  # fmt: skip
    rows = [msgspec.structs.replace(f, title=text) for f in made.findings]
    return msgspec.structs.replace(made, rules=told, findings=rows)


def whole(name: str, data: bytes) -> Any:
    """Return what a reader of the format makes of the bytes; raise where they are broken."""
    if name in ("json", "sarif", "ocsf", "asff"):
        return json.loads(data.decode("utf-8"))
    if name == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    if name == "junit":
        return etree.fromstring(data)
    if name == "pdf":
        whole = PdfReader(io.BytesIO(data), strict=True).pages
        texts = pages(data)
        assert len(texts) == len(whole)
        return texts
    return data.decode("utf-8")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", sorted(set(names()) - {"pdf"}))
def test_every_format_is_whole_whatever_the_account_holds(name: str, text: str) -> None:
    made = everywhere(text)
    found = whole(name, written(name, made))
    if name in ("json", "sarif", "ocsf", "asff"):
        rows = {"json": lambda: found["findings"], "sarif": lambda: found["runs"][0]["results"]}
        assert len(rows.get(name, lambda: found)()) == 12
    elif name == "csv":
        assert len(found) == 13
        assert len({len(row) for row in found}) == 1
    elif name == "html":
        assert found.count("<script") == 2 + found.count('<script type="application/json"') - 1
        assert found.count("</script>") == 2
        assert "\u202e" not in found
    elif name == "md":
        assert not re.search(r"(?<!\\)<script", found)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", found)


@pytest.mark.long
def test_a_pdf_is_whole_whatever_the_account_holds() -> None:
    made = everywhere(" ".join(TEXTS[n] for n in TEXTS if "long" not in n))
    pages = whole("pdf", written("pdf", made))
    assert 5 < len(pages) < 40
    assert all(f.id in "".join("".join(pages).split()) for f in made.findings)


def test_formats_are_found_by_folder() -> None:
    assert set(names()) == set("asff csv html json junit md ocsf pdf sarif".split())


def test_csv_neutralises_formulas() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv", hostile()).decode())))
    assert len(rows) == 3
    assert all(not value.startswith(("=", "+", "@")) for row in rows for value in row.values())
    assert rows[0]["part"].startswith("'=")


def test_sarif_has_one_location_each() -> None:
    results = json.loads(written("sarif", hostile()))["runs"][0]["results"]
    for result in results:
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"ecs/\d{12}/[a-z0-9-]+/[^/<>\"]+/[^/<>\"]+\.json", uri), uri


def test_markdown_holds_no_markup_of_the_account() -> None:
    assert b"<script>" not in written("md", hostile())


def test_half_a_surrogate_pair_is_a_question_mark_and_nothing_else_changes() -> None:
    value = {"a": ['日本\x1b"\\/\u2028', 1.5, None, True, {}, []], "b": "x"}
    assert json.loads(indented(value, 2)) == value
    assert indented(value, 2).decode() == json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    assert json.loads(indented({**value, "b": "\ud800x"}, 1)) == {**value, "b": "?x"}
