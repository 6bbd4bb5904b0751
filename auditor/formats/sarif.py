"""findings.sarif: SARIF 2.1.0 as GitHub code scanning takes it.

Each result has one physical location: a stable relative path made from the resource, since code
scanning drops results without one. Unknown rows are kind ``review``.
"""

from __future__ import annotations

import sys
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import quote

from auditor.findings import SEVERITIES, Finding, Report, RuleResult, Severity
from auditor.formats.indented import indented
from auditor.identity import identity
from auditor.verdicts import kind

FILE = "findings.sarif"
LIMIT = 5_000
LEVELS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning",
                               "low": "note", "info": "note"}  # fmt: skip
SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0",
                               "info": "0.0"}  # fmt: skip


def write(report: Report, stream: BinaryIO) -> None:
    """Write one run; over 5,000 results the most severe first, and a line on stderr."""
    shown = sorted(report.findings, key=lambda f: SEVERITIES.index(f.severity))[:LIMIT]
    if len(report.findings) > LIMIT:
        said = f"SARIF holds the {LIMIT} most severe of {len(report.findings)} findings."
        sys.stderr.write(said + "\n")
    index = {rule.id: n for n, rule in enumerate(report.rules)}
    driver = {"name": "ecs-audit", "semanticVersion": report.check.tool_version,
              "rules": [_rule(r) for r in report.rules]}  # fmt: skip
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"ecs-audit/{'-'.join(report.snapshot.accounts)}/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, index[f.rule]) for f in shown],
    }
    whole = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
             "runs": [run]}  # fmt: skip
    stream.write(indented(whole, 1))


def _rule(rule: RuleResult) -> dict[str, Any]:
    help_uri = {"helpUri": rule.refs[0]} if rule.refs else {}
    return {
        "id": rule.id,
        "name": "".join(word.title() for word in rule.slug.split("_")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n{rule.fix}"},
        **help_uri,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": ["security", rule.family],
                       "security-severity": SCORES[rule.severity],
                       "precision": {"certain": "very-high", "likely": "high"}.get(
                           rule.confidence, "medium")},
    }  # fmt: skip


def _quoted(text: str, safe: str = "/") -> str:
    return quote(text, safe=safe, errors="replace")


def location(finding: Finding) -> str:
    """Return the stable relative path that stands for a resource."""
    if finding.resource.startswith("file:"):
        parts = PurePosixPath(finding.resource[5:].partition("#")[0]).parts
        return _quoted("/".join(p for p in parts if p not in ("/", "..")) or "stdin")
    who = identity(finding.resource, None)
    what = kind(finding.resource)[1] or "resource"
    tail = who.rsplit(":", 1)[-1].removeprefix(f"{what}/")
    name = _quoted(tail.replace("/", "-"), safe="")
    return f"ecs/{finding.account}/{finding.region}/{_quoted(what, safe='')}/{name}.json"


def _result(finding: Finding, index: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "kind": "review" if finding.status == "unknown" else "fail",
        "level": "none" if finding.status == "unknown" else LEVELS[finding.severity],
        "message": {"text": finding.reason},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": location(finding)},
                                 "region": {"startLine": 1}},
            "logicalLocations": [{"fullyQualifiedName": finding.resource, "kind": "resource"}],
        }],
        # Code scanning tracks an alert by the first of these alone.
        "partialFingerprints": {"primaryLocationLineHash": finding.fingerprint,
                                "ecsAuditFingerprint/v1": finding.fingerprint},
        "properties": {"id": finding.id, "part": finding.part or "", "severity": finding.severity},
    }  # fmt: skip
    if finding.waiver:
        found["suppressions"] = [{"kind": "external", "justification": finding.waiver.reason}]
    return found
