"""Formats: valid, hostile data intact, tagged PDF, no script but our own in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET

from auditor.findings import (
    CheckInfo,
    Context,
    Counts,
    Document,
    Finding,
    Report,
    RuleResult,
    ScopeState,
    SnapshotInfo,
)  # fmt: skip
from auditor.formats import load, names

EVIL = "=cmd|'/c calc'!A1 <script>window.hit=1</script> {{7*7}} </script>]]> \u202e\"'`| \x1b[31m"


def hostile(text: str = EVIL, count: int = 3) -> Report:
    rule = RuleResult(
        "SEC001",
        "x",
        "Title <b>",
        "secrets",
        "critical",
        "certain",
        "Why & why",
        "Fix",
        {"aws-fsbp": ["ECS.8"]},
        ["https://example.com/"],
        ["containers"],
        "0" * 64,
        True,
        None,
        Counts(fail=count),
        "select 1",
        {"cli": "x"},
        "small",
    )
    rows = [
        Finding(
            f"{n:032x}",
            f"{n:032x}",
            "SEC001",
            "Title <b>",
            "critical",
            "certain",
            "fail",
            None,
            "111122223333",
            "eu-west-1",
            f"arn:aws:ecs:eu-west-1:111122223333:service/{text}{n}",
            text,
            text,
            {"value": text},
            Context([text], [text], True, {text: text}),
            "2026-11-01T00:00:00Z",
            True,
            None,
        )
        for n in range(count)
    ]
    scopes = [ScopeState("111122223333", "eu-west-1", "partial", text)]
    return Report(
        Document(organisation=text, label=text),
        SnapshotInfo("20261101T000000Z-00000000", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z",
                     "partial", "0" * 64, "aws", ["111122223333"], ["eu-west-1"], "in-use", None,
                     scopes),
        CheckInfo("2026-11-01T00:00:00Z", "high", None, 1, "0" * 64, "0.1.0"), [], [rule], rows,
    )  # fmt: skip


def written(name: str, report: Report) -> bytes:
    stream = io.BytesIO()
    load(name).write(report, stream)
    return stream.getvalue()


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
