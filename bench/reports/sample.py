"""Reports of any size: findings over the shipped rules, with believable resources."""

from __future__ import annotations

import hashlib
from pathlib import Path

from auditor.findings import (
    CheckInfo,
    Context,
    Counts,
    Coverage,
    Document,
    Finding,
    Report,
    RuleResult,
    ScopeState,
    SnapshotInfo,
)
from auditor.rules import load_all

ACCOUNTS = ("111122223333", "222233334444", "333344445555")
REGIONS = ("eu-west-1", "us-east-1", "ap-northeast-1", "eu-central-1")
WHEN = "2026-11-22T01:00:00Z"
DIGEST = hashlib.sha256(b"bench").hexdigest()


def report(count: int, rules: int = 40, per_rule_limit: int = 100) -> Report:
    """Return a report of ``count`` findings over ``rules`` rules."""
    chosen = list(load_all().values())[:rules]
    found = [finding(n, chosen[n % len(chosen)]) for n in range(count)]
    found.sort(key=Finding.order)
    share = count // len(chosen)
    results = [
        RuleResult(
            rule.id, rule.slug, rule.meta.title, rule.family, rule.meta.severity,
            rule.meta.confidence, rule.meta.why, rule.meta.fix, rule.meta.controls,
            list(rule.meta.refs), sorted(rule.reads), rule.digest, True, None,
            Counts(fail=share, passed=share * 3), rule.sql, rule.meta.snippets,
        )
        for rule in chosen
    ]  # fmt: skip
    scopes = [ScopeState(a, r, "complete", None) for a in ACCOUNTS for r in REGIONS]
    calls = [Coverage(s.account, s.region, "ecs:ListClusters", None, "ok", None, ["clusters"], False)
             for s in scopes]  # fmt: skip
    return Report(
        Document(organisation="Bench", pdf_max_per_rule=per_rule_limit),
        SnapshotInfo("20261122T010000Z-00000000", WHEN, WHEN, "complete", DIGEST, "aws",
                     list(ACCOUNTS), list(REGIONS), "in-use", None, scopes),
        CheckInfo(WHEN, "high", None, 1, DIGEST, "0.1.0"), calls, results, found,
    )  # fmt: skip


def finding(number: int, rule: object) -> Finding:
    """Return one finding of a rule on a resource of its own."""
    account, region = ACCOUNTS[number % 3], REGIONS[number % 4]
    mark = hashlib.sha256(str(number).encode()).hexdigest()[:32]
    family = f"team-{number % 97}-service-{number // 97}"
    arn = f"arn:aws:ecs:{region}:{account}:task-definition/{family}:{number % 50 + 1}"
    cluster = f"arn:aws:ecs:{region}:{account}:cluster/main-{number % 9}"
    return Finding(
        mark, mark, rule.id, rule.meta.title, rule.meta.severity, rule.meta.confidence, "fail",  # type: ignore[attr-defined]
        None, account, region, arn, f"container/app/environment/VAR_{number % 13}",
        f"VAR_{number % 13} of {family} holds a literal where a reference belongs.",
        {"variable": f"VAR_{number % 13}", "value_kind": "named_password", "revision": number % 50},
        Context([cluster], [f"arn:aws:ecs:{region}:{account}:service/main-{number % 9}/{family}"],
                True, {"team": f"team-{number % 97}"}), WHEN, number % 10 == 0, None,
    )  # fmt: skip


def folder() -> Path:
    """Return where benchmark output goes: beside the working directory, ignored by git."""
    found = Path("bench-out")
    found.mkdir(exist_ok=True)
    return found
