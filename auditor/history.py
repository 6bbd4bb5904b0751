"""What earlier checks of the same file found: first sightings, changes and the trend."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from auditor.checks import Past
from auditor.findings import (
    SEVERITIES,
    AuditPoint,
    Change,
    Counts,
    Finding,
    Report,
    RuleResult,
    Severity,
    score,
)
from auditor.grounds import Queryable, Unseen, gaps, records, unseen
from auditor.identity import Place, identity

OPEN = ("fail", "waived")
BLIND = ("gap", "error")
JudgedScope = tuple[str, str, str]  # rule, account, region
Extent = tuple[str, tuple[str, ...] | None]  # revisions, clusters
Subject = tuple[str, str, str, str]  # and what survives a replacement of the resource
H = "store.history"
NOTHING_UNSEEN = Unseen()


class PastCheck(msgspec.Struct, frozen=True):
    """The newest check of one earlier snapshot."""

    check_id: str
    snapshot_id: str
    as_of: str
    rows: list[dict[str, Any]]
    judged: frozenset[JudgedScope]
    point: AuditPoint
    unseen: Unseen = Unseen()

    def unread(self) -> frozenset[Subject]:
        """Return the resources that a rule could not judge because they were not read."""
        return frozenset(
            _subject(*_scope(row), row["resource"])
            for row in self.rows
            if row["unknown_cause"] in BLIND
        )

    def open(self) -> dict[str, dict[str, Any]]:
        """Return its open findings by fingerprint, the most severe of each."""
        found: dict[str, dict[str, Any]] = {}
        for row in sorted(self.rows, key=lambda r: -SEVERITIES.index(r["severity"])):
            if row["status"] in OPEN:
                found[row["fingerprint"]] = row
        return found


def earlier(snapshot: Queryable, seq: int, extent: Extent = ("in-use", None)) -> list[PastCheck]:
    """Return the newest check of each older snapshot that was read, oldest first.

    One of another extent (other clusters or revisions) judged nothing that can be compared:
    what it does not hold may lie outside of it.
    """
    checks = records(
        snapshot,
        f"select c.check_id, c.as_of, s.seq, s.snapshot_id, s.options from {H}.checks as c "  # noqa: S608 - own names
        f"join {H}.snapshots as s on c.seq = s.seq where s.seq < {seq} "
        "and s.status in ('complete', 'partial') qualify row_number() over "
        "(partition by s.seq order by c.finished_at desc, c.check_id desc) = 1 order by s.seq",
    )
    return [_past(snapshot, check, extent) for check in checks]


def _extent(options: str | None) -> Extent:
    said = json.loads(options or "{}")
    return extent_of(said.get("revisions") or "in-use", said.get("clusters"))


def extent_of(revisions: str, clusters: Iterable[str] | None) -> Extent:
    """Return what makes two snapshots comparable beside their accounts and regions."""
    return revisions, tuple(sorted(clusters)) if clusters else None


def _past(snapshot: Queryable, check: dict[str, Any], extent: Extent) -> PastCheck:
    mine = f"where check_id = '{check['check_id']}'"
    rows = records(
        snapshot,
        "select fingerprint, rule, title, severity, status, unknown_cause, account_id, region, "  # noqa: S608
        f"resource, part, first_seen from {H}.findings {mine}",
    )
    judged = records(snapshot, f"select rule, account_id, region from {H}.judged_scopes {mine}")  # noqa: S608
    results = records(
        snapshot,
        f'select severity, ran, fail, pass, skip, "unknown" as unclear, waived '  # noqa: S608
        f"from {H}.rule_results {mine}",
    )
    as_of = when(check["as_of"])
    return PastCheck(
        check["check_id"],
        check["snapshot_id"],
        as_of,
        rows,
        frozenset(
            (j["rule"], j["account_id"], j["region"])
            for j in judged
            if _extent(check["options"]) == extent
        ),
        AuditPoint(check["snapshot_id"], as_of, open_counts(rows), _score(results)),
        _unseen(snapshot, check["seq"]),
    )


def _unseen(snapshot: Queryable, seq: int) -> Unseen:
    """Return which definitions may have run unseen at an older snapshot."""
    held = (
        f"{H}.task_definitions as d join {H}.task_definition_members as m on d.rev = m.rev "
        f"where m.seq = {seq}"
    )
    return unseen(snapshot, gaps(snapshot, f"{H}.collection_gaps where seq = {seq}"), held)


def of_report(
    report: Report, judged: frozenset[JudgedScope], hidden: Unseen = NOTHING_UNSEEN
) -> PastCheck:
    """Return a report as the check that another one is compared with."""
    rows = [
        {"fingerprint": f.fingerprint, "rule": f.rule, "title": f.title, "severity": f.severity,
         "status": f.status, "unknown_cause": f.unknown_cause, "account_id": f.account,
         "region": f.region, "resource": f.resource, "part": f.part,
         "first_seen": datetime.datetime.fromisoformat(f.first_seen)}
        for f in report.findings
    ]  # fmt: skip
    name, as_of = report.snapshot.id, report.check.as_of
    point = AuditPoint(name, as_of, open_counts(rows), score(report.rules))
    return PastCheck("", name, as_of, rows, judged, point, hidden)


def _score(results: Iterable[dict[str, Any]]) -> float | None:
    made = [
        RuleResult("", "", "", "", r["severity"], "certain", "", "", {}, [], [], "", r["ran"], None,
                   Counts(r["fail"], r["pass"], r["skip"], r["unclear"], r["waived"]))
        for r in results
    ]  # fmt: skip
    return score(made)


def open_counts(rows: Iterable[dict[str, Any]]) -> dict[Severity, int]:
    """Return the number of failing rows by severity."""
    found: dict[Severity, int] = dict.fromkeys(SEVERITIES, 0)
    for row in rows:
        if row["status"] == "fail":
            found[row["severity"]] += 1
    return found


def when(value: datetime.datetime) -> str:
    """Return RFC 3339 UTC text."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def past(checks: list[PastCheck]) -> Past:
    """Return first sightings over all earlier checks and what was open when last judged."""
    if not checks:
        return Past()
    first: dict[str, str] = {}
    for check in checks:
        for row in check.rows:
            first.setdefault(row["fingerprint"], when(row["first_seen"]))
    return Past(first, frozenset(last_open(checks)), judgements(checks))


def judgements(checks: list[PastCheck]) -> dict[JudgedScope, list[Unseen]]:
    """Return for each rule and scope what each check that judged it could not see."""
    found: dict[JudgedScope, list[Unseen]] = defaultdict(list)
    for check in checks:
        for scope in check.judged:
            found[scope].append(check.unseen)
    return dict(found)


def last_open(checks: list[PastCheck]) -> dict[str, dict[str, Any]]:
    """Return what was open when it was last judged: a check that was blind to it hides nothing."""
    found: dict[str, dict[str, Any]] = {}
    for check in checks:
        unread = check.unread()
        found = {
            mark: row
            for mark, row in found.items()
            if _scope(row) not in check.judged
            or _subject(*_scope(row), row["resource"]) in unread
            or _hidden(row, check.unseen)
        }
        found |= check.open()
    return found


def _scope(row: dict[str, Any]) -> JudgedScope:
    return row["rule"], row["account_id"], row["region"]


def _hidden(row: dict[str, Any], by: Unseen) -> bool:
    return by.covers(Place(row["account_id"], row["region"]), row["resource"])


def changes(
    checks: list[PastCheck],
    now: list[Finding],
    judged: frozenset[tuple[str, str, str]],
    hidden: Unseen = NOTHING_UNSEEN,
) -> list[Change]:
    """Compare with the last check that judged the same rule in the same scope.

    What may run unseen, of ``hidden`` or of an older check, is neither fixed nor new.
    """
    if not checks:
        return []
    ever = {mark for check in checks for mark in check.open()}
    was, before = last_open(checks), judgements(checks)
    unread = {_subject(f.rule, f.account, f.region, f.resource) for f in now
              if f.unknown_cause in BLIND}  # fmt: skip
    here: dict[str, Finding] = {}
    for one in reversed(now):
        if one.status in OPEN:
            here[one.fingerprint] = one
    found = []
    for mark, one in here.items():
        place = Place(one.account, one.region)
        looked = before.get((one.rule, *place), ())
        comparable = mark in was or any(not by.covers(place, one.resource) for by in looked)
        found.append(_now(one, was.get(mark), mark in ever, bool(looked) and comparable))
    for mark, row in was.items():
        if mark not in here:
            subject = _subject(*_scope(row), row["resource"])
            read = subject not in unread and not _hidden(row, hidden)
            both = _scope(row) in judged and _scope(row) in before
            found.append(_gone(mark, row, read and both))
    return sorted(found, key=_order)


def _order(change: Change) -> tuple[str, int, str, str, str]:
    rank = SEVERITIES.index(change.severity)
    return (change.kind, rank, change.rule, change.resource, change.part or "")


def _subject(rule: str, account: str, region: str, resource: str) -> Subject:
    return rule, account, region, identity(resource, None)


def _now(one: Finding, row: dict[str, Any] | None, seen: bool, judged_before: bool) -> Change:
    before = None
    if not judged_before:
        kind = "not_re_evaluated"
    elif row is None:
        kind = "reopened" if seen else "new"
    elif row["severity"] != one.severity:
        kind, before = "severity_changed", row["severity"]
    else:
        kind = "still_open"
    return Change(kind, one.fingerprint, one.rule, one.title, one.severity, one.account,  # type: ignore[arg-type]
                  one.region, one.resource, one.part, one.first_seen, before)  # fmt: skip


def _gone(mark: str, row: dict[str, Any], judged: bool) -> Change:
    return Change("fixed" if judged else "not_re_evaluated", mark, row["rule"], row["title"],
                  row["severity"], row["account_id"], row["region"], row["resource"], row["part"],
                  when(row["first_seen"]))  # fmt: skip
