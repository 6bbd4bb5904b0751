"""What both templates are given: one object ``view`` beside ``report``, documented field by field.

``counts``     failing findings by severity          ``groups``   (rule, its rows) with findings
``score``      0-100 or None                         ``blind``    gaps that are not accepted
``totals``     pass, fail, skip, unknown, waived     ``actions``  the five rules to fix first
``changes``    changes by kind                       ``digests``  (name, value) pairs
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from auditor.findings import SEVERITIES, Change, Coverage, Finding, Report, RuleResult, score
from auditor.resources import builtin

EFFORT = {"small": 0, "medium": 1, "large": 2, None: 1}


class Group(msgspec.Struct, frozen=True):
    """A rule and its findings."""

    rule: RuleResult
    rows: list[Finding]
    failing: int


class View(msgspec.Struct, frozen=True):
    """See the module's docstring."""

    counts: dict[str, int]
    totals: dict[str, int]
    score: float | None
    groups: list[Group]
    actions: list[Group]
    blind: list[Coverage]
    blinded: list[RuleResult]
    changes: dict[str, list[Change]]
    frameworks: list[tuple[str, str, list[str]]]
    digests: list[tuple[str, str]]


def view(report: Report) -> View:
    """Derive everything that the templates show and the report does not say itself."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_rule[finding.rule].append(finding)
    groups = [
        Group(rule, by_rule[rule.id], sum(f.status == "fail" for f in by_rule[rule.id]))
        for rule in report.rules
        if by_rule[rule.id]
    ]
    groups.sort(key=_rank)
    failing = [g for g in groups if g.failing]
    changes: dict[str, list[Change]] = defaultdict(list)
    for change in report.changes:
        changes[change.kind].append(change)
    seen = ("ok", "not_requested", "region_disabled")
    return View(
        counts={s: sum(f.severity == s and f.status == "fail" for f in report.findings)
                for s in SEVERITIES},
        totals={
            "pass": sum(r.counts.passed for r in report.rules),
            "fail": sum(r.counts.fail for r in report.rules),
            "unknown": sum(r.counts.unknown for r in report.rules),
            "skip": sum(r.counts.skip for r in report.rules),
            "waived": sum(r.counts.waived for r in report.rules),
        },
        score=score(report.rules),
        groups=groups,
        actions=sorted(failing, key=lambda g: (*_rank(g)[:1], EFFORT[g.rule.effort],
                                               -g.failing))[:5],
        blind=[c for c in report.coverage if c.status not in seen],
        blinded=[r for r in report.rules if r.counts.unknown or not r.ran],
        changes=dict(changes),
        frameworks=_frameworks(report),
        digests=[("snapshot", report.snapshot.digest), ("ruleset", report.check.ruleset_digest)],
    )  # fmt: skip


def _rank(group: Group) -> tuple[int, str]:
    rank = min((SEVERITIES.index(f.severity) for f in group.rows if f.status == "fail"), default=9)
    return rank, group.rule.id


def _frameworks(report: Report) -> list[tuple[str, str, list[str]]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for rule in report.rules:
        for framework, controls in rule.controls.items():
            for control in controls:
                found[framework, control].append(rule.id)
    return [(f, c, rules) for (f, c), rules in sorted(found.items())]


def environment() -> Any:
    """Return the template engine: sandboxed, escaping, strict about names."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    folder = builtin("reports") / "default"
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    env.filters["plain"] = plain
    env.filters["short"] = short
    return env


def plain(text: object) -> str:
    """Return account data without control and direction-changing characters."""
    return "".join(c if c.isprintable() or c in "\n\u3000" else "\ufffd" for c in str(text))


def short(arn: str) -> str:
    """Return the part of an ARN that names the resource."""
    return plain(arn.split(":", 5)[5] if arn.count(":") >= 5 else arn)
