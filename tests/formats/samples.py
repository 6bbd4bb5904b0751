"""Reports for tests of formats: hostile in every field, or plain with every status."""

from __future__ import annotations

import io

import msgspec

from auditor.findings import (
    CheckInfo,
    Context,
    Counts,
    Document,
    Finding,
    Report,
    RuleResult,
    ScopeState,
    SnapshotInfo,
    WaiverUse,
)
from auditor.formats import load

EVIL = "=cmd|'/c calc'!A1 <script>window.hit=1</script> {{7*7}} </script>]]> \u202e\"'`| \x1b[31m"


def hostile(text: str = EVIL, count: int = 3) -> Report:
    rule = RuleResult(
        "SEC001",
        "x",
        "Title <b>",
        "secrets",
        "critical",
        "certain",
        "Why & why",
        "Fix",
        {"aws-fsbp": ["ECS.8"]},
        ["https://example.com/"],
        ["containers"],
        "0" * 64,
        True,
        None,
        Counts(fail=count),
        "select 1",
        {"cli": "x"},
        "small",
    )
    rows = [
        Finding(
            f"{n:032x}",
            f"{n:032x}",
            "SEC001",
            "Title <b>",
            "critical",
            "certain",
            "fail",
            None,
            "111122223333",
            "eu-west-1",
            f"arn:aws:ecs:eu-west-1:111122223333:service/{text}{n}",
            text,
            text,
            {"value": text},
            Context([text], [text], True, {text: text}),
            "2026-11-01T00:00:00Z",
            True,
            None,
        )
        for n in range(count)
    ]
    scopes = [ScopeState("111122223333", "eu-west-1", "partial", text)]
    return Report(
        Document(organisation=text, label=text),
        SnapshotInfo("20261101T000000Z-00000000", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z",
                     "partial", "0" * 64, "aws", ["111122223333"], ["eu-west-1"], "in-use", None,
                     scopes),
        CheckInfo("2026-11-01T00:00:00Z", "high", None, 1, "0" * 64, "0.1.0"), [], [rule], rows,
    )  # fmt: skip


def written(name: str, report: Report) -> bytes:
    stream = io.BytesIO()
    load(name).write(report, stream)
    return stream.getvalue()


def plain() -> Report:
    """Return one finding of each status and severity, on the same resource kinds."""
    report = hostile("plain", 4)
    waiver = WaiverUse("w1", "known", "ops", "2027-01-01")
    changes = [
        {},
        {"status": "unknown", "unknown_cause": "gap", "severity": "high"},
        {"status": "waived", "waiver": waiver, "severity": "low"},
        {"fingerprint": f"{0:032x}", "severity": "info", "part": None},
    ]
    rows = [
        msgspec.structs.replace(row, **change)
        for row, change in zip(report.findings, changes, strict=True)
    ]
    return msgspec.structs.replace(report, findings=rows)
