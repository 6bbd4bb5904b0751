"""Formats: valid, hostile data intact, tagged PDF, no script but our own in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET

from auditor.formats import names
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
