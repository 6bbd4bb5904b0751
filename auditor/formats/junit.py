"""junit.xml: a suite a rule, a test case a judged subject."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import BinaryIO

from auditor.findings import Finding, Report, RuleResult

FILE = "junit.xml"
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Return text without characters that XML 1.0 does not know."""
    return FORBIDDEN.sub("\ufffd", text)


def write(report: Report, stream: BinaryIO) -> None:
    """Write failures, waived and unknown ones as skipped, and a pass count a rule."""
    root = ET.Element("testsuites", name="ecs-audit")
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for rule in report.rules:
        _suite(root, rule, by_rule.get(rule.id, []))
    ET.indent(root)
    stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ET.tostring(root, encoding="utf-8") + b"\n")


def _suite(root: ET.Element, rule: RuleResult, found: list[Finding]) -> None:
    failures = [f for f in found if f.status == "fail"]
    suite = ET.SubElement(root, "testsuite", name=f"{rule.id} {clean(rule.title)}",
                          tests=str(max(len(found), 1)), failures=str(len(failures)), errors="0",
                          skipped=str(len(found) - len(failures)))  # fmt: skip
    if not found:
        name = f"{rule.counts.passed} passed" if rule.ran else "not run"
        case = ET.SubElement(suite, "testcase", classname=rule.id, name=name)
        if not rule.ran:
            ET.SubElement(case, "skipped", message=clean(rule.not_run_reason or ""))
    for f in found:
        name = clean(f"{f.resource} {f.part or ''}".strip())
        case = ET.SubElement(suite, "testcase", classname=rule.id, name=name)
        tag = "failure" if f.status == "fail" else "skipped"
        said = ET.SubElement(case, tag, message=clean(f"{f.status}: {f.reason}"))
        if tag == "failure":
            said.set("type", f.severity)
            said.text = clean(rule.fix)
