"""A report of any size, seeded: many rules over many resources, as large estates look."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from auditor.findings import (
    SEVERITIES,
    AuditPoint,
    Change,
    CheckInfo,
    Context,
    Counts,
    Coverage,
    Document,
    Finding,
    Headroom,
    Inventory,
    Report,
    RolePath,
    RuleResult,
    ScopeState,
    SnapshotInfo,
    WaiverState,
    WaiverUse,
)

TIME = "2026-11-18T01:00:00Z"
ACCOUNTS = ("111122223333", "444455556666")
REGIONS = ("ap-northeast-1", "eu-west-1")
TEAMS = ("checkout", "billing", "search", "ledger", "media", "notify", "session", "catalogue")
VARIABLES = ("DB_PASSWORD", "API_KEY", "TOKEN", "REDIS_AUTH", "SMTP_PASSWORD", "SIGNING_KEY")


def report(
    findings: int = 40,
    rules: int = 40,
    text: str | None = None,
    status: str = "fail",
    **document: Any,
) -> Report:
    """Return a report; ``text`` stands in every field that holds account data."""
    made = random.Random(findings * 1000 + rules)
    known = [_rule(n, rules, findings, status) for n in range(rules)]
    rows = [_finding(made, known[n * rules // findings], n, text, status) for n in range(findings)]
    return Report(
        document=Document(organisation=text, label=text, author=text, **document),
        snapshot=SnapshotInfo(
            "20261118T010000Z-0a1b2c3d", TIME, TIME, "partial", "a" * 64, "aws", list(ACCOUNTS),
            list(REGIONS), "in-use", None,
            [ScopeState(a, r, "partial", text) for a in ACCOUNTS for r in REGIONS],
        ),
        check=CheckInfo(TIME, "high", None, 1, "b" * 64, "0.1.0"),
        coverage=_coverage(text), rules=known,
        findings=sorted(rows, key=Finding.order), waivers=_waivers(text),
        previous=AuditPoint("20261018T010000Z-0a1b2c3d", "2026-10-18T01:00:00Z",
                            dict.fromkeys(SEVERITIES, 9), 61.0),
        changes=_changes(text),
        trend=[AuditPoint("x", f"2026-{m:02}-18T01:00:00Z", dict.fromkeys(SEVERITIES, 20 - m),
                          50.0 + m) for m in range(6, 12)],
        headroom=[Headroom(ACCOUNTS[0], REGIONS[1], "container-instance", "i", text or f"host-{n}",
                           n, limit) for n, limit in ((1, 3), (3, 3), (2, None))],
        role_paths=[RolePath(ACCOUNTS[0], f"arn:aws:iam::{ACCOUNTS[0]}:role/{text or 'web'}",
                             "task", "ADMIN", "certain", [_service(text or "web")],
                             [_definition(text or "web", 3)], text or "statement 0 of policy p")],
        inventory=[Inventory(a, r, table, 12) for a in ACCOUNTS for r in REGIONS
                   for table in ("clusters", "containers", "services", "task_definitions")],
    )  # fmt: skip


def _rule(n: int, rules: int, findings: int, status: str) -> RuleResult:
    mine = sum(i * rules // findings == n for i in range(findings)) if findings < 5000 else 1
    counts = Counts(fail=mine * (status == "fail"), passed=25, skip=3,
                    unknown=mine * (status == "unknown"), waived=mine * (status == "waived"))  # fmt: skip
    return RuleResult(
        id=f"SEC{n + 1:03}", slug="secret_in_variable", title=f"Secret in a plain variable, form {n}",
        family="secrets", severity=SEVERITIES[n * 4 // rules], confidence="likely",
        why="Environment values are shown to anyone who may describe a definition, and every older "
            "revision keeps them.",
        fix="Store the value in Secrets Manager and name it under secrets. Then register a new "
            "revision, update the service and rotate the value.",
        controls={"aws-fsbp": ["ECS.8"]}, refs=["https://docs.aws.amazon.com/AmazonECS/latest/"],
        reads=["containers", "iam_roles"], digest="c" * 64, ran=True, not_run_reason=None,
        counts=counts, sql="select resource, part, status, reason\nfrom containers;\n" * 8,
        snippets={"terraform": 'secrets = [{ name = "DB_PASSWORD", valueFrom = "..." }]'},
        effort=("small", "medium", "large")[n % 3],
    )  # fmt: skip


def _definition(name: str, revision: int) -> str:
    return f"arn:aws:ecs:eu-west-1:{ACCOUNTS[0]}:task-definition/{name}:{revision}"


def _service(name: str) -> str:
    return f"arn:aws:ecs:eu-west-1:{ACCOUNTS[0]}:service/main/{name}"


def _finding(
    made: random.Random, rule: RuleResult, n: int, text: str | None, status: Any
) -> Finding:
    name = f"{made.choice(TEAMS)}-{made.randrange(600):03}"
    variable = made.choice(VARIABLES)
    digest = hashlib.sha256(f"{n}".encode()).hexdigest()
    waiver = WaiverUse("W-2026-014", text or "Vendor image", text or "payments", "2027-03-31")
    return Finding(
        id=digest[:32], fingerprint=digest[32:], rule=rule.id, title=rule.title,
        severity=rule.severity, confidence=rule.confidence, status=status,
        unknown_cause="gap" if status == "unknown" else None,
        account=made.choice(ACCOUNTS), region=made.choice(REGIONS),
        resource=_definition(text or name, made.randrange(1, 9)),
        part=f"container/{text or 'app'}/environment/{variable}",
        reason=text or f"{variable} holds a secret in plain text.",
        evidence={text or "variable": text or variable, "value_confidence": "high"},
        context=Context([_service(text or "main")], [_service(text or name)], True,
                        {text or "team": text or name[:-4]}),
        first_seen="2026-10-18T01:00:00Z", new=n % 7 == 0,
        waiver=waiver if status == "waived" else None,
    )  # fmt: skip


def _coverage(text: str | None) -> list[Coverage]:
    denied = text or "AccessDenied: not authorized"
    return [
        Coverage(ACCOUNTS[0], "eu-west-1", "ecs:DescribeServices", None, "ok", None, ["services"],
                 False),
        Coverage(ACCOUNTS[0], "global", "iam:GetAccountAuthorizationDetails", None, "denied",
                 denied, ["iam_roles"], False),
        Coverage(ACCOUNTS[1], "eu-west-1", "ec2:DescribeInstances", None, "denied", denied,
                 ["ec2_instances"], True),
    ]  # fmt: skip


def _waivers(text: str | None) -> list[WaiverState]:
    states = (("active", 120), ("active", 12), ("expired", -3), ("unused", 90), ("unknown_rule", 9))
    found = [
        WaiverState(f"W-{n}", "waiver", f"SEC001 {text or 'task-definition/legacy-*'}",
                    text or "Vendor image reads plain variables alone.", text or "payments",
                    "2027-03-31", days, state, 2)
        for n, (state, days) in enumerate(states)
    ]  # fmt: skip
    gap = WaiverState("accepted_gap 1", "accepted_gap", "ec2:DescribeInstances", text or "Denied by policy.",
                      text or "platform", "2027-03-31", 120, "active", 1)  # fmt: skip
    return [*found, gap]


def _changes(text: str | None) -> list[Change]:
    kinds = ("new", "fixed", "still_open", "reopened", "severity_changed", "not_re_evaluated")
    return [
        Change(kind, "d" * 32, "SEC001", "Secret in a plain variable", "high", ACCOUNTS[0],
               "eu-west-1", _definition(text or "web", 3), text, "2026-10-18T01:00:00Z",
               "low" if kind == "severity_changed" else None)
        for kind in kinds
    ]  # fmt: skip
