"""A report of what a check left in the file; no rule runs again."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from auditor import __version__, history
from auditor.api import Checked, assembled, coverage, result
from auditor.errors import SnapshotError
from auditor.findings import (
    CheckInfo,
    Context,
    Counts,
    Document,
    Finding,
    Report,
    Scalar,
    WaiverState,
    WaiverUse,
)
from auditor.grounds import records
from auditor.rules import Rule, ruleset_digest

H = "store.history"


class Left(msgspec.Struct, frozen=True):
    """What a check leaves beside its rows."""

    fail_on: str
    baseline: str | None
    exit_code: int
    waivers: list[WaiverState]
    uses: dict[str, WaiverUse]
    accepted: list[tuple[str, str, str, str | None]]  # account, region, call, resource


def left(done: Checked) -> Left:
    """Return what the file keeps of a check beside its rows."""
    report = done.report
    return Left(
        report.check.fail_on, report.check.baseline, report.check.exit_code, report.waivers,
        {f.waiver.id: f.waiver for f in report.findings if f.waiver},
        [(c.account, c.region, c.call, c.resource) for c in report.coverage if c.accepted],
    )  # fmt: skip


def stored(snapshot: Any, known: dict[str, Rule], document: Document) -> Report:
    """Return the report of the newest check of a bound snapshot.

    Raises SnapshotError where there is none, or where its rules are not the ones at hand: their
    texts would speak of something else.
    """
    checks = records(
        snapshot,
        f"select check_id, as_of, options, ruleset_digest from {H}.checks "  # noqa: S608 - own names
        f"where seq = {snapshot.seq} order by finished_at desc, check_id desc limit 1",
    )
    if not checks:
        raise SnapshotError(f"{snapshot.info.id} was never checked; run `ecs-audit check`.")
    check = checks[0]
    mine = f"where check_id = '{check['check_id']}'"
    rows = records(snapshot, f"select * from {H}.rule_results {mine} order by rule")  # noqa: S608
    chosen = [known[r["rule"]] for r in rows if r["rule"] in known]
    if len(chosen) != len(rows) or ruleset_digest(chosen) != check["ruleset_digest"]:
        raise SnapshotError(
            f"The rules changed since {snapshot.info.id} was checked; report without --stored."
        )
    kept = _left(check["options"], snapshot.info.id)
    results = [
        result(known[r["rule"]], known[r["rule"]].translated(document.language), r["ran"],
               r["not_run_reason"],
               Counts(r["fail"], r["pass"], r["skip"], r["unknown"], r["waived"]))
        for r in rows
    ]  # fmt: skip
    titles = {r.id: r.title for r in results}
    listed = records(snapshot, f"select * from {H}.findings {mine}")  # noqa: S608
    judged = records(snapshot, f"select rule, account_id, region from {H}.judged_scopes {mine}")  # noqa: S608
    return assembled(
        snapshot,
        document,
        CheckInfo(history.when(check["as_of"]), kept.fail_on, kept.baseline, kept.exit_code,
                  check["ruleset_digest"], __version__),
        results,
        sorted((_finding(row, titles, kept.uses) for row in listed), key=Finding.order),
        frozenset((j["rule"], j["account_id"], j["region"]) for j in judged),
        coverage(snapshot, set(kept.accepted)),
        kept.waivers,
    )  # fmt: skip


def _left(text: str, name: str) -> Left:
    try:
        return msgspec.json.decode(text, type=Left)
    except msgspec.DecodeError:
        raise SnapshotError(
            f"{name} was checked by an older ecs-audit; report without --stored."
        ) from None


def _finding(row: dict[str, Any], titles: dict[str, str], uses: dict[str, WaiverUse]) -> Finding:
    first: datetime.datetime = row["first_seen"]
    return Finding(
        id=row["id"], fingerprint=row["fingerprint"], rule=row["rule"], title=titles[row["rule"]],
        severity=row["severity"], confidence=row["confidence"], status=row["status"],
        unknown_cause=row["unknown_cause"], account=row["account_id"], region=row["region"],
        resource=row["resource"], part=row["part"], reason=row["reason"],
        evidence=msgspec.json.decode(row["evidence"], type=dict[str, Scalar]),
        context=msgspec.json.decode(row["context"], type=Context),
        first_seen=history.when(first), new=row["new"],
        waiver=uses.get(row["waiver"]) if row["waiver"] else None,
    )  # fmt: skip
