"""junit.xml: a suite a rule, a test case a judged subject, in the form of Ant's schema."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import BinaryIO

from auditor.findings import Finding, Report, RuleResult

FILE = "junit.xml"
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NO_TIME = "0"


def clean(text: str) -> str:
    """Return text without characters that XML 1.0 does not know."""
    return FORBIDDEN.sub("\ufffd", text)


def write(report: Report, stream: BinaryIO) -> None:
    """Write failures, waived and unknown ones as skipped, and one case for all passes of a rule."""
    root = ET.Element("testsuites")
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for number, rule in enumerate(report.rules):
        suite = _suite(rule, by_rule.get(rule.id, []))
        suite.set("id", str(number))
        suite.set("timestamp", report.check.as_of.removesuffix("Z"))
        root.append(suite)
    ET.indent(root)
    stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ET.tostring(root, encoding="utf-8") + b"\n")


def _suite(rule: RuleResult, found: Sequence[Finding]) -> ET.Element:
    suite = ET.Element("testsuite", name=clean(f"{rule.id} {rule.title}"), package="ecs-audit",
                       hostname="localhost", time=NO_TIME)  # fmt: skip
    ET.SubElement(suite, "properties")
    if rule.counts.passed or not found:
        name = f"{rule.counts.passed} passed" if rule.ran else "not run"
        case = ET.SubElement(suite, "testcase", classname=rule.id, name=name, time=NO_TIME)
        if not rule.ran:
            ET.SubElement(case, "skipped", message=clean(rule.not_run_reason or ""))
    for finding in found:
        suite.append(_case(rule, finding))
    for outcome, tag in (("tests", ""), ("failures", "/failure"), ("errors", "/error"),
                         ("skipped", "/skipped")):  # fmt: skip
        suite.set(outcome, str(len(suite.findall(f"testcase{tag}"))))
    for name in ("system-out", "system-err"):
        ET.SubElement(suite, name)
    return suite


def _case(rule: RuleResult, finding: Finding) -> ET.Element:
    name = clean(f"{finding.resource} {finding.part or ''}".strip())
    case = ET.Element("testcase", classname=rule.id, name=name, time=NO_TIME)
    said = clean(f"{finding.status}: {finding.reason}")
    if finding.status == "fail":
        failure = ET.SubElement(case, "failure", message=said, type=finding.severity)
        failure.text = clean(rule.fix)
    else:
        ET.SubElement(case, "skipped", message=said)
    return case
