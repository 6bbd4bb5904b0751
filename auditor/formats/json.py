"""findings.json, schema_version 1."""

from __future__ import annotations

from typing import Any, BinaryIO

import msgspec

from auditor.findings import Finding, Report, RuleResult
from auditor.formats.indented import indented

FILE = "findings.json"
RULE = ("id title family severity confidence why fix controls refs reads digest ran "
        "not_run_reason counts").split()  # fmt: skip


def write(report: Report, stream: BinaryIO) -> None:
    """Write the report's findings in the contract's order and keys."""
    stream.write(indented(document(report), 2))


def document(report: Report) -> dict[str, Any]:
    """Return the document as plain values."""
    s, c = report.snapshot, report.check
    found = {
        "schema_version": "1",
        "tool": {"name": "ecs-audit", "version": c.tool_version,
                 "ruleset_digest": c.ruleset_digest},
        "snapshot": {
            "id": s.id, "started_at": s.started_at, "finished_at": s.finished_at,
            "status": s.status, "digest": s.digest, "partition": s.partition,
            "accounts": s.accounts, "regions": s.regions,
            "scope": {"revisions": s.revisions, "clusters": s.clusters},
        },
        "check": {"as_of": c.as_of, "fail_on": c.fail_on, "baseline": c.baseline,
                  "exit_code": c.exit_code},
        "coverage": msgspec.to_builtins(report.coverage),
        "rules": [_rule(rule) for rule in report.rules],
        "findings": [_finding(f) for f in report.findings],
    }  # fmt: skip
    if report.passes is not None:
        found["passes"] = [_finding(f) for f in report.passes]
    return found


def _rule(rule: RuleResult) -> dict[str, Any]:
    whole = msgspec.to_builtins(rule)
    return {key: whole[key] for key in RULE}


def _finding(finding: Finding) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(finding)
    return plain
