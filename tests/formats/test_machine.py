"""Machine formats against their published schemas, their limits and their goldens."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema
import msgspec
import pytest
from botocore.validate import ParamValidator
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

from auditor.findings import Report
from auditor.formats import asff, load
from tests.formats.samples import EVIL, hostile, plain, written

HERE = Path(__file__).parent
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


def test_asff_of_one_fingerprint_is_one_finding_with_its_resources() -> None:
    found = {one["Id"]: one for one in json.loads(written("asff", plain()))}
    assert len(found) == 3
    both = found[asff.finding_id(f"{0:032x}")]
    assert len(both["Resources"]) == 2
    assert both["Severity"]["Label"] == "CRITICAL"
    states = {(f["Compliance"]["Status"], f["Workflow"]["Status"]) for f in found.values()}
    assert states == {("FAILED", "NEW"), ("NOT_AVAILABLE", "NEW"), ("FAILED", "SUPPRESSED")}
