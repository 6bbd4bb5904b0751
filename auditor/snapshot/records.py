"""Keep what a check found beside the snapshot it judged."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from auditor import __version__
from auditor.findings import Finding, Report
from auditor.snapshot.ddl import newest_check
from auditor.snapshot.files import STORE, connect, existing, replaced
from auditor.snapshot.merge import digest, views_sql
from auditor.snapshot.part import unfinished as parts_of
from auditor.snapshot.reader import Bound, chosen, listed
from auditor.snapshot.writer import Writer


class CheckRecord(msgspec.Struct, frozen=True):
    """A check to keep: its report, the scopes it judged and its thresholds."""

    check_id: str
    seq: int
    as_of: datetime.datetime
    report: Report
    judged: Sequence[tuple[str, str, str]]  # rule, account, region
    thresholds: Sequence[tuple[str, float, str, str]]
    options: dict[str, Any]


def write_check(db: Path, record: CheckRecord) -> None:
    """Append a check to the database; a check of the same id takes its place."""
    with replaced(db) as con:
        con.execute(f"use {STORE}")
        con.execute("begin")
        for name in ("checks", "rule_results", "judged_scopes", "findings"):
            con.execute(f"delete from history.{name} where check_id = ?", [record.check_id])
        con.execute("delete from history.thresholds")
        writer = Writer(con, record.seq)
        report = record.report
        # The newest check is the one that ended last, whatever time it judges at.
        ended = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        row = (record.check_id, record.seq, record.as_of, report.check.ruleset_digest,
               json.dumps(record.options, sort_keys=True), ended)  # fmt: skip
        writer.append("checks", [row])
        writer.append("thresholds", record.thresholds)
        writer.append("judged_scopes", [(record.check_id, *scope) for scope in record.judged])
        writer.append("rule_results", [
            (record.check_id, r.id, r.title, r.family, r.severity, r.ran, r.not_run_reason,
             r.counts.fail, r.counts.passed, r.counts.skip, r.counts.unknown, r.counts.waived)
            for r in report.rules
        ])  # fmt: skip
        writer.append("findings", [_finding(record, f) for f in report.findings])
        writer.flush()
        newest, version = con.execute(
            "select seq, tool_version from history.snapshots "
            "where status in ('complete', 'partial') order by seq desc limit 1"
        ).fetchone()
        # The views ask for the newest check themselves; another version may have other views.
        if newest == record.seq and version != __version__:
            con.execute(views_sql(record.seq))
        con.execute("commit")


def _finding(record: CheckRecord, f: Finding) -> tuple[Any, ...]:
    first = datetime.datetime.fromisoformat(f.first_seen).replace(tzinfo=None)
    return (
        record.check_id, record.seq, f.id, f.fingerprint, f.rule, f.title, f.severity,
        f.confidence, f.status, f.unknown_cause, f.account, f.region, f.resource, f.part,
        f.reason, json.dumps(f.evidence, ensure_ascii=False),
        msgspec.json.encode(f.context).decode(), first, f.new, f.waiver.id if f.waiver else None,
    )  # fmt: skip


def snapshots(db: Path) -> list[dict[str, Any]]:
    """Return every snapshot of a file, oldest first; raise SnapshotError."""
    con = connect(existing(db), read_only=True, shown=db)
    try:
        return listed(con)
    finally:
        con.close()


def unfinished(db: Path) -> list[dict[str, Any]]:
    """Return the snapshots that are being collected, or whose process was killed."""
    return [
        {
            "snapshot_id": name,
            "status": "running",
            "started_at": datetime.datetime.strptime(name[:15], "%Y%m%dT%H%M%S"),  # noqa: DTZ007 - stored times are UTC without zone
            "finished_at": None,
            "tool_version": None,
        }
        for name in parts_of(db.resolve())
    ]


def accounts(db: Path) -> frozenset[str]:
    """Return the accounts of every snapshot of a file; raise SnapshotError."""
    with contextlib.closing(connect(existing(db), read_only=True, shown=db)) as con:
        listed(con)
        rows = con.execute(f"select account_id from {STORE}.history.snapshot_scopes").fetchall()
    return frozenset(row[0] for row in rows)


def elsewhere(snapshot: Bound) -> list[tuple[Any, ...]]:
    """Return the accounts and regions that other snapshots of the file hold and this one not."""
    scopes = f"select account_id, region from {STORE}.history.snapshot_scopes as s"
    read = f"join {STORE}.history.snapshots as t on s.seq = t.seq"
    return snapshot.rows(
        f"{scopes} {read} where t.status in ('complete', 'partial') and s.status <> 'not_read' "
        f"and s.seq <> {snapshot.seq} except {scopes} where s.seq = {snapshot.seq} order by all"
    ).rows


def verified(db: Path, seq: int) -> str:
    """Return the digest of a snapshot's rows as they are now."""
    con = connect(existing(db), read_only=True, shown=db)
    try:
        return digest(con, seq)
    finally:
        con.close()


def failed(db: Path, name: str) -> frozenset[str] | None:
    """Return the fingerprints that the newest check of a snapshot failed, None without a check.

    Raises SnapshotError.
    """
    with contextlib.closing(connect(existing(db), read_only=True, shown=db)) as con:
        seq = chosen(con, name, db)["seq"]
        check = con.execute(f"select {newest_check(seq, f'{STORE}.history')}").fetchone()[0]
        if check is None:
            return None
        rows = con.execute(
            f"select fingerprint from {STORE}.history.findings "
            "where check_id = ? and status = 'fail'", [check],
        ).fetchall()  # fmt: skip
    return frozenset(row[0] for row in rows)
