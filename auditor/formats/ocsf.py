"""findings.ocsf.json: OCSF 1.5.0 Compliance Finding events (class 2003), as SIEMs take them.

Schema: https://schema.ocsf.io/1.5.0/classes/compliance_finding. Times are milliseconds.
"""

from __future__ import annotations

import datetime
from typing import Any, BinaryIO

from auditor.findings import Finding, Report, RuleResult, Severity
from auditor.formats.indented import indented
from auditor.identity import partition
from auditor.verdicts import kind

FILE = "findings.ocsf.json"
VERSION = "1.5.0"
CLASS, CATEGORY = 2003, 2
CREATE, UPDATE = (1, "Create"), (2, "Update")
SEVERITIES: dict[Severity, tuple[int, str]] = {
    "critical": (5, "Critical"), "high": (4, "High"), "medium": (3, "Medium"), "low": (2, "Low"),
    "info": (1, "Informational"),
}  # fmt: skip
CONFIDENCES = {"certain": (3, "High"), "likely": (2, "Medium"), "heuristic": (1, "Low")}
# OCSF: 1 New, 3 Suppressed (of the finding); 0 Unknown, 3 Fail (of the compliance check).
STATES = {"fail": (1, "New"), "waived": (3, "Suppressed"), "unknown": (1, "New")}
VERDICTS = {"fail": (3, "Fail"), "waived": (3, "Fail"), "unknown": (0, "Unknown")}


def write(report: Report, stream: BinaryIO) -> None:
    """Write one array of events, most severe first."""
    rules = {rule.id: rule for rule in report.rules}
    events = [event(report, finding, rules[finding.rule]) for finding in report.findings]
    stream.write(indented(events, 1))


def event(report: Report, finding: Finding, rule: RuleResult) -> dict[str, Any]:
    """Return a finding as an event."""
    severity_id, severity = SEVERITIES[finding.severity]
    confidence_id, confidence = CONFIDENCES[finding.confidence]
    status_id, status = STATES[finding.status]
    activity_id, activity = CREATE if finding.new else UPDATE
    return {
        "activity_id": activity_id,
        "activity_name": activity,
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + activity_id,
        "type_name": f"Compliance Finding: {activity}",
        "time": milliseconds(report.check.as_of),
        "severity_id": severity_id,
        "severity": severity,
        "confidence_id": confidence_id,
        "confidence": confidence,
        "status_id": status_id,
        "status": status,
        "message": finding.reason,
        "metadata": _metadata(report, finding),
        "finding_info": _info(report, finding, rule),
        "compliance": _compliance(finding, rule),
        "cloud": {
            "provider": "AWS",
            "account": {"uid": finding.account, "name": finding.account, "type_id": 10,
                        "type": "AWS Account"},
            "region": finding.region,
        },
        "resources": [_resource(report, finding)],
        "remediation": {"desc": rule.fix, "references": list(rule.refs)},
        "unmapped": {"part": finding.part, "evidence": finding.evidence, "new": finding.new,
                     "unknown_cause": finding.unknown_cause},
    }  # fmt: skip


def milliseconds(text: str) -> int:
    """Return RFC 3339 text as milliseconds of the epoch."""
    return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def _metadata(report: Report, finding: Finding) -> dict[str, Any]:
    return {
        "version": VERSION,
        "uid": finding.id,
        "correlation_uid": report.snapshot.id,
        "event_code": finding.rule,
        "profiles": ["cloud"],
        "product": {
            "name": "ecs-audit",
            "vendor_name": "ecs-audit",
            "version": report.check.tool_version,
        },
    }


def _info(report: Report, finding: Finding, rule: RuleResult) -> dict[str, Any]:
    return {
        "uid": finding.fingerprint,
        "title": finding.title,
        "desc": rule.why,
        "types": [rule.family],
        "first_seen_time": milliseconds(finding.first_seen),
        "last_seen_time": milliseconds(report.check.as_of),
    }


def _compliance(finding: Finding, rule: RuleResult) -> dict[str, Any]:
    status_id, status = VERDICTS[finding.status]
    return {
        "control": finding.rule,
        "standards": sorted(rule.controls),
        "requirements": sorted(f"{n} {c}" for n, named in rule.controls.items() for c in named),
        "status_id": status_id,
        "status": status,
        "status_detail": finding.waiver.reason if finding.waiver else finding.reason,
    }  # fmt: skip


def _resource(report: Report, finding: Finding) -> dict[str, Any]:
    service, what = kind(finding.resource)
    return {
        "uid": finding.resource,
        "name": finding.resource.rsplit("/", 1)[-1],
        "type": f"{service}:{what}".strip(":") or "file",
        "region": finding.region,
        "cloud_partition": partition(finding.resource, report.snapshot.partition),
        "labels": [f"{key}={text}" for key, text in sorted(finding.context.tags.items())],
    }
