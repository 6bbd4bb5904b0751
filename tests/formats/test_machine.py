"""Machine formats against their published schemas, their limits and their goldens."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema
import msgspec
import pytest
from botocore.validate import ParamValidator
from lxml import etree
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from auditor.findings import Report
from auditor.formats import asff, load, sarif
from tests.formats.samples import EVIL, hostile, plain, written

HERE = Path(__file__).parent
TYPE = r"(Software and Configuration Checks|TTPs|Effects|Unusual Behaviors)/[^/]+(/[^/]+)?$"
MACHINE = ("asff", "csv", "json", "junit", "md", "ocsf", "sarif")
LONG = "x" * 10_240
REPORTS = {"plain": plain(), "hostile": hostile(EVIL), "long": hostile(LONG)}


@pytest.mark.parametrize("name", MACHINE)
def test_golden(name: str) -> None:
    golden = HERE / "golden" / load(name).FILE
    made = written(name, plain())
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(made)
    assert made == golden.read_bytes()


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_sarif_is_valid_and_each_result_has_what_code_scanning_needs(report: Report) -> None:
    schema = json.loads((HERE.parent / "data" / "sarif-2.1.0-rtm.5.json").read_text())
    found = json.loads(written("sarif", report))
    jsonschema.Draft4Validator(schema).validate(found)
    (run,) = found["runs"]
    for result in run["results"]:
        assert result["partialFingerprints"]
        assert result["message"]["text"]
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert not uri.startswith(("/", "http"))


def test_sarif_keeps_the_most_severe_5000(capsys: pytest.CaptureFixture[str]) -> None:
    report = hostile("plain", 5_010)
    last = msgspec.structs.replace(report.findings[-1], severity="info")
    report = msgspec.structs.replace(report, findings=[*report.findings[:-1], last])
    results = json.loads(written("sarif", report))["runs"][0]["results"]
    assert len(results) == 5_000
    assert {r["properties"]["severity"] for r in results} == {"critical"}
    assert "5000" in capsys.readouterr().err


def test_sarif_names_the_linted_file_and_nothing_above_it() -> None:
    (one, *_) = plain().findings
    for resource, uri in (
        ("file:infra/web task.json#web", "infra/web%20task.json"),
        ("file:../../etc/x.json#web", "etc/x.json"),
        ("file:/srv/x.json#web", "srv/x.json"),
        ("file:./x.json#web", "x.json"),
        ("file:-#web", "-"),
    ):
        assert sarif.location(msgspec.structs.replace(one, resource=resource)) == uri


def test_code_scanning_tracks_a_finding_across_revisions() -> None:
    (one, *_) = plain().findings
    base = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web"
    places = {sarif.location(msgspec.structs.replace(one, resource=f"{base}:{n}")) for n in (1, 2)}
    assert places == {"ecs/111122223333/eu-west-1/task-definition/web.json"}
    results = json.loads(written("sarif", plain()))["runs"][0]["results"]
    for result, finding in zip(results, plain().findings, strict=True):
        assert result["partialFingerprints"]["primaryLocationLineHash"] == finding.fingerprint
        (logical,) = result["locations"][0]["logicalLocations"]
        assert logical["fullyQualifiedName"] == finding.resource


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_junit_is_what_ant_and_jenkins_take(report: Report) -> None:
    schema = etree.XMLSchema(etree.parse(HERE.parent / "data" / "junit.xsd"))
    found = etree.fromstring(written("junit", report))
    schema.assertValid(found)
    cases = found.findall("testsuite/testcase")
    assert len(cases) == len(report.findings) + sum(r.counts.passed > 0 for r in report.rules)
    failing = [f for f in report.findings if f.status == "fail"]
    assert len(found.findall(".//failure")) == len(failing)
    for suite in found:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_job_summary_is_bounded_whole_lined_and_translated(language: str) -> None:
    report = hostile("\U0001f512<b>" * 200, 400)
    document = msgspec.structs.replace(report.document, language=language)
    text = written("md", msgspec.structs.replace(report, document=document)).decode()
    assert len(text.encode()) <= 1024 * 1024
    assert "<b>" not in text.replace("\\<b\\>", "")
    rows = [line for line in text.splitlines() if "SEC001" in line]
    assert all(line.startswith("| ") and line.endswith(" |") for line in rows)
    rest, severity = {"en": ("200 of 400 shown", "Critical"), "ja": ("400 件中 200 件", "重大")}[
        language
    ]
    assert rest in text
    assert severity in text


def test_a_job_summary_holds_no_link_and_no_mention() -> None:
    text = written("md", hostile("see https://evil.example @team [x](y) | `z`")).decode()
    assert "https\\://evil.example" in text
    assert "\\@team \\[x\\]\\(y\\) \\| \\`z\\`" in text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        " =1+1",
        "\t=1",
        "\u200b=1",
        "\ufeff@x",
        "\u202e+1",
        "\u3000-1",
        "＝1+1",
        "\x9b=1",
        "\r",
    ],
)
def test_no_cell_begins_a_formula(text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv", hostile(text)).decode())))
    assert all(row["reason"].startswith("'") for row in rows)
    assert not any(unicodedata.category(c) == "Cc" for row in rows for v in row.values() for c in v)


def test_accounts_of_two_partitions_keep_their_own() -> None:
    (one, *_) = plain().findings
    there = "arn:aws-cn:ecs:cn-north-1:444455556666:service/main/web"
    other = msgspec.structs.replace(
        one, resource=there, account="444455556666", region="cn-north-1"
    )
    report = msgspec.structs.replace(plain(), findings=[other])
    (event,) = json.loads(written("ocsf", report))
    assert event["resources"][0]["cloud_partition"] == "aws-cn"
    (found,) = json.loads(written("asff", report))
    assert found["ProductArn"].startswith("arn:aws-cn:securityhub:cn-north-1:444455556666:")


def test_ocsf_tells_new_findings_from_known_ones() -> None:
    report = hostile("plain", 1)
    known = msgspec.structs.replace(report.findings[0], new=False)
    for row, wanted in ((report.findings[0], 200301), (known, 200302)):
        (event,) = json.loads(written("ocsf", msgspec.structs.replace(report, findings=[row])))
        assert event["type_uid"] == wanted
        assert event["class_uid"] * 100 + event["activity_id"] == wanted


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_ocsf_is_a_compliance_finding(report: Report) -> None:
    events = json.loads(written("ocsf", report))
    assert len(events) == len(report.findings)
    for event in events:
        found = ComplianceFinding.model_validate(event)
        assert found.class_uid == 2003
        assert found.time > 1_700_000_000_000


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_asff_is_what_the_service_takes(report: Report) -> None:
    model = botocore.session.get_session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    found: list[dict[str, Any]] = json.loads(written("asff", report))
    report_of_errors = ParamValidator().validate({"Findings": found}, shape)
    assert not report_of_errors.has_errors(), report_of_errors.generate_report()
    for one in found:
        assert 0 < len(one["Title"]) <= 256
        assert 0 < len(one["Description"]) <= 1024
        assert len(one["Remediation"]["Recommendation"]["Text"]) <= 512
        assert 1 <= len(one["Resources"]) <= 32
        assert all(len(r["Id"]) <= 512 for r in one["Resources"])
        assert len(one["Id"]) <= 512
        assert all(re.match(TYPE, name) for name in one["Types"])
        assert len(json.dumps(one).encode()) <= 240_000


def test_asff_of_one_fingerprint_is_one_finding_with_its_resources() -> None:
    found = {one["Id"]: one for one in json.loads(written("asff", plain()))}
    assert len(found) == 3
    both = found[asff.finding_id(f"{0:032x}")]
    assert len(both["Resources"]) == 2
    assert both["Severity"]["Label"] == "CRITICAL"
    states = {(f["Compliance"]["Status"], f["Workflow"]["Status"]) for f in found.values()}
    assert states == {("FAILED", "NEW"), ("NOT_AVAILABLE", "NEW"), ("FAILED", "SUPPRESSED")}
