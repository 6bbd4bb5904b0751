"""Join a finished part to the database: new content once, membership for this snapshot."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from auditor import catalog
from auditor.data import static_tables
from auditor.errors import SnapshotError
from auditor.snapshot.ddl import (
    BOUND_LEDGER,
    LEDGER,
    MEANING,
    MEMBERS,
    SCHEMA_VERSION,
    UNCOLLECTED,
    bound,
    bound_ledger,
    comments,
    history_ddl,
    ledger,
    ledger_columns,
    newest_check,
    quoted,
    stored,
    text,
)
from auditor.snapshot.files import STORE, replaced
from auditor.snapshot.part import PART_SEQ, Part, adopted, options_text
from auditor.snapshot.reader import Bound
from auditor.snapshot.writer import Writer

if TYPE_CHECKING:
    from auditor.analyses.base import Analysis

H = f"{STORE}.history"


def merge(
    part: Part, finished_at: datetime.datetime, status: str, analyses: Sequence[Analysis] = ()
) -> str:
    """Join a part to its database in one replacement of the file; return the snapshot's id.

    The parts of killed runs give their revisions. Raises SnapshotError.
    """
    part.seal()
    _merged(part, finished_at, status, analyses)
    part.abandon()
    return part.header.snapshot_id


def _merged(
    part: Part, finished_at: datetime.datetime, status: str, analyses: Sequence[Analysis]
) -> None:
    db = part.db
    with contextlib.ExitStack() as held, replaced(db) as con:
        parts = [*held.enter_context(adopted(db)), part.path]
        con.execute(f"use {STORE}")
        con.execute("begin")
        con.execute(history_ddl(catalog.tables().values()))
        _explain(con)
        _forget(con, part.header.snapshot_id)
        seq = con.execute(f"select coalesce(max(seq), 0) + 1 from {H}.snapshots").fetchone()[0]
        con.execute("commit")
        for path in dict.fromkeys(parts):
            if path == part.path:
                _joined(con, path, seq)
            else:
                # Killed before its tables were made, or by another version: nothing is lost but
                # calls, as its revisions are asked for again.
                with contextlib.suppress(duckdb.Error):
                    _joined(con, path, None)
        con.execute("begin")
        writer = Writer(con, seq, _after(con))
        writer.members.extend(part.members)
        if lost := writer.resolve_members(_known(con)):
            raise SnapshotError(
                f"{db} was replaced while this run read: it no longer holds {lost[0]}, which was "
                "not described again; run the collection once more."
            )
        _begin_snapshot(con, seq, part, status)
        _static(con, writer)
        snapshot = Bound(con, seq, catalog.tables(), {})
        for analysis in analyses:
            writer.load_all(analysis.compute(snapshot))
            writer.flush()
        _share_groups(con, seq)
        con.execute(
            f"update {H}.snapshots set finished_at = ?, digest = ? where seq = ?",
            [finished_at, digest(con, seq), seq],
        )
        if status != "failed":
            con.execute(views_sql(seq))
        con.execute("commit")


def _joined(con: Any, path: Path, seq: int | None) -> None:
    """Copy a part's whole revisions, and its rows where it is this run's."""
    con.execute(f"attach {text(str(path))} as part (read_only)")
    try:
        con.execute("begin")
        _revisions(con)
        if seq is not None:
            _rows(con, seq)
        con.execute("commit")
    except duckdb.Error:
        with contextlib.suppress(duckdb.Error):
            con.execute("rollback")
        raise
    finally:
        con.execute("detach part")


def _forget(con: Any, snapshot_id: str) -> None:
    """Drop a snapshot of the same id: a recording that is replayed again is the same one."""
    old = con.execute(
        f"select seq from {H}.snapshots where snapshot_id = ?", [snapshot_id]
    ).fetchall()
    for (seq,) in old:
        bound_to = [t.name for t in catalog.tables().values() if t.kept == "snapshot"]
        named = [n for n in LEDGER if "seq" in ledger_columns(n)]
        for name in (*bound_to, *named):
            con.execute(f"delete from {H}.{name} where seq = {seq}")


def _revisions(con: Any) -> None:
    """Copy the whole revisions of a part that the database does not hold."""
    con.execute(
        f"create or replace temp table fresh as select d.rev as part_rev, "
        f"(select coalesce(max(rev), 0) from {H}.task_definitions)::integer "
        "+ row_number() over (order by d.task_definition_arn)::integer as rev "
        "from part.history.task_definitions as d "
        "where d.task_definition_arn in (select arn from part.history.whole_revisions) "
        f"and d.task_definition_arn not in (select task_definition_arn from {H}.task_definitions)"
    )
    for table in catalog.tables().values():
        if table.kept == "revision":
            columns = ", ".join(f"t.{quoted(c.name)}" for c in stored(table))
            con.execute(
                f"insert into {H}.{table.name} select f.rev, {columns} "
                f"from part.history.{table.name} as t join fresh as f on t.rev = f.part_rev"
            )


def _rows(con: Any, seq: int) -> None:
    """Copy what belongs to this snapshot alone, and the groups of content."""
    for table in catalog.tables().values():
        columns = ", ".join(quoted(c.name) for c in stored(table))
        if table.kept == "snapshot" and not table.reads:
            con.execute(
                f"insert into {H}.{table.name} select {seq}, {columns} "
                f"from part.history.{table.name}"
            )
        elif table.kept == "content":
            first = _last_rev(con)
            con.execute(
                f"insert into {H}.{table.name} select rev + {first}, {columns} "
                f"from part.history.{table.name}"
            )
            con.execute(
                f"insert into {H}.content_members select {seq}, table_name, rev + {first} "
                f"from part.history.content_members where table_name = {text(table.name)}"
            )
    for name in ("snapshot_scopes", "collection_calls", "collection_gaps"):
        columns = ", ".join(c for c in ledger_columns(name) if c != "seq")
        con.execute(
            f"insert into {H}.{name} select {seq}, {columns} "
            f"from part.history.{name} where seq = {PART_SEQ}"
        )


def _after(con: Any) -> Any:
    return iter(range(_last_rev(con) + 1, 2**31))


def _last_rev(con: Any) -> int:
    """Return the highest key of content, also of what only forgotten snapshots held."""
    tables = ("content_members", "content_groups")
    both = " union all ".join(f"select max(rev) as rev from {H}.{name}" for name in tables)
    found: int = con.execute(f"select coalesce(max(rev), 0) from ({both})").fetchone()[0]
    return found


def _known(con: Any) -> dict[str, int]:
    return dict(
        con.execute(f"select task_definition_arn, rev from {H}.task_definitions").fetchall()
    )


def _begin_snapshot(con: Any, seq: int, part: Part, status: str) -> None:
    h = part.header
    con.execute(
        f"insert into {H}.snapshots values (?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
        [
            h.snapshot_id,
            seq,
            h.started_at,
            h.started_at,
            status,
            h.tool_version,
            SCHEMA_VERSION,
            options_text(h),
            h.key_id,
        ],
    )


def _static(con: Any, writer: Writer) -> None:
    for table, rows in static_tables().items():
        con.execute(f"delete from {H}.{table.name}")
        writer.load(table, rows)
    writer.flush()


def _share_groups(con: Any, seq: int) -> None:
    """Give a group of rows that is stored already the stored one's key, and drop the copy."""
    for table in catalog.tables().values():
        if table.kept != "content":
            continue
        columns = ", ".join(f"t.{quoted(c.name)}" for c in stored(table))
        name = text(table.name)
        con.execute(
            f"create or replace temp table made as select t.rev, "
            f"sha256(string_agg(row({columns})::varchar, chr(10) "
            f"order by row({columns})::varchar)) as hash from {H}.{table.name} as t "
            f"join {H}.content_members as m on t.rev = m.rev and m.table_name = {name} "
            f"where m.seq = {seq} group by t.rev"
        )
        con.execute(
            f"create or replace temp table same as select made.rev, g.rev as kept "
            f"from made join {H}.content_groups as g on g.table_name = {name} "
            "and g.hash = made.hash"
        )
        con.execute(
            f"delete from {H}.{table.name} where rev in (select rev from same); "
            f"update {H}.content_members set rev = same.kept from same where seq = {seq} "
            f"and table_name = {name} and content_members.rev = same.rev; "
            f"insert into {H}.content_groups select {name}, rev, hash from made "
            "where rev not in (select rev from same)"
        )


def digest(con: Any, seq: int) -> str:
    """Return the SHA-256 of a snapshot's collected rows, in table and row order."""
    total = hashlib.sha256()
    for name, select in sorted(collected(seq).items()):
        rows = con.execute(
            f"select to_json(r)::varchar as line from ({select}) as r order by line"
        ).fetchall()
        total.update(f"{name}\n".encode())
        for (line,) in rows:
            total.update(line.encode("utf-8") + b"\n")
    return total.hexdigest()


def collected(seq: int) -> dict[str, str]:
    """Return the SELECT of each table that the digest covers."""
    found = {
        table.name: bound(table, seq, H)
        for table in catalog.tables().values()
        if not table.reads and table.kept != "static"
    }
    for name in LEDGER:
        if name not in UNCOLLECTED and name != MEMBERS:
            found[name] = bound_ledger(name, seq, H)
    return found


def views_sql(seq: int) -> str:
    """Return the statements that bind the file's own views to a snapshot."""
    tables = catalog.tables()
    made = [(t.name, bound(t, seq)) for t in tables.values()]
    made += [(name, bound_ledger(name, seq)) for name in BOUND_LEDGER]
    made += [(v.name, v.select(seq, tables)) for v in catalog.views().values()]
    made.append(("snapshots", "select * exclude (seq) from history.snapshots"))
    made.append(("thresholds", "select name, value, unit, doc from history.thresholds"))
    newest = newest_check(seq)
    for name, columns in (("findings", "* exclude (seq)"), ("rule_results", "*")):
        made.append((name, f"select {columns} from history.{name} where check_id = {newest}"))
    made.append(
        (
            "audit",
            "select coalesce(c.as_of, s.finished_at) as as_of, s.snapshot_id "
            "from history.snapshots as s left join history.checks as c "
            f"on c.seq = s.seq and c.check_id = {newest} where s.seq = {seq}",
        )
    )
    body = "".join(f"create or replace view main.{quoted(n)} as {sql};\n" for n, sql in made)
    # The catalogue is named, as temporary views of the same names lie in a schema main too.
    return body + comments(tables, "view", f"{STORE}.main") + _view_comments()


def _view_comments() -> str:
    made = []
    shown = {v.name: (v.doc, list(v.columns.items())) for v in catalog.views().values()}
    shown |= {n: (doc, [(c, m) for c, _, m in columns]) for n, (doc, columns) in ledger().items()}
    for name, (doc, columns) in shown.items():
        made.append(f"comment on view {STORE}.main.{name} is {text(doc)};")
        made += [f"comment on column {STORE}.main.{name}.{quoted(c)} is {text(meaning)};"
                 for c, meaning in columns]  # fmt: skip
    return "\n".join(made)


def _explain(con: Any) -> None:
    """Give the history tables their comments, where one is new."""
    bare = con.execute(
        "select count(*) from duckdb_tables() where database_name = ? and schema_name = 'history' "
        "and comment is null", [STORE],
    ).fetchone()  # fmt: skip
    if not bare[0]:
        return
    keys = {"snapshot": ["seq"], "static": []}
    made = [comments(catalog.tables(), "table", "history")]
    named = [(t.name, keys.get(t.kept, ["rev"])) for t in catalog.tables().values()]
    for name, columns in [*named, *((name, ledger_columns(name)) for name in LEDGER)]:
        made += [f"comment on column history.{name}.{quoted(c)} is {text(MEANING[c])};"
                 for c in columns]  # fmt: skip
    made += [
        f"comment on table history.{name} is {text(doc)};" for name, (doc, _) in LEDGER.items()
    ]
    con.execute("\n".join(made))
