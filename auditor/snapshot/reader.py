"""Open a snapshot read-only and ask it questions that cannot reach anything else."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from auditor import __version__
from auditor.errors import SnapshotError, UsageError, WorkError
from auditor.findings import ScopeState, SnapshotInfo
from auditor.schema import Table
from auditor.snapshot.ddl import (
    BOUND_LEDGER,
    LEDGER,
    SCHEMA_VERSION,
    bound,
    bound_ledger,
    ledger_columns,
    newest_check,
    quoted,
    stored,
)
from auditor.snapshot.files import STORE, InUseError, connect, existing
from auditor.snapshot.parse import only_select

if TYPE_CHECKING:
    import pandas

    from auditor.snapshot.views import View

PATIENCE = 1.0  # seconds that DuckDB gets to notice an interrupt
BINDABLE = ("complete", "partial")


class QueryTimeout(WorkError):  # noqa: N818 - reads as what happened
    """A statement took longer than it may."""


class Result(msgspec.Struct, frozen=True):
    """Column names, DuckDB's type names and the rows of a SELECT."""

    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


def utc(value: datetime.datetime | None) -> str:
    """Return RFC 3339 UTC text."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


class Bound:
    """A connection whose declared tables are bound to one snapshot as temporary views."""

    def __init__(
        self,
        con: Any,
        seq: int,
        tables: Mapping[str, Table],
        views: Mapping[str, View],
        as_of: datetime.datetime | None = None,
    ) -> None:
        self.con, self.seq = con, seq
        self._worker = ThreadPoolExecutor(1, "query")
        history = f"{STORE}.history"
        made = [(t.name, bound(t, seq, history)) for t in tables.values()]
        made += [(name, bound_ledger(name, seq, history)) for name in BOUND_LEDGER]
        made.append(("thresholds", f"select name, value, unit, doc from {history}.thresholds"))
        made.append(("audit", self._audit(as_of)))
        made += [(v.name, v.select(seq, tables, history)) for v in views.values()]
        con.execute(
            "".join(f"create or replace temp view {quoted(n)} as {sql};" for n, sql in made)
        )

    def _audit(self, as_of: datetime.datetime | None) -> str:
        when = f"timestamp '{as_of}'" if as_of else "finished_at"
        source = f"{STORE}.history.snapshots where seq = {self.seq}"
        return f"select {when} as as_of, snapshot_id from {source}"

    def judge_at(self, as_of: datetime.datetime) -> None:
        """Let ``audit.as_of`` be a time (UTC, without zone) other than the snapshot's own."""
        self.con.execute(f"create or replace temp view audit as {self._audit(as_of)}")

    def rows(self, sql: str, timeout: float | None = None) -> Result:
        """Run a SELECT in the worker thread; raise QueryTimeout, or DuckDB's error as ValueError.

        The main thread only waits, so Ctrl-C interrupts the statement at once.
        """
        asked = self._worker.submit(self._run, sql)
        try:
            return asked.result(timeout)
        except (TimeoutError, KeyboardInterrupt) as stopped:
            self.con.interrupt()
            wait([asked], PATIENCE)
            if isinstance(stopped, KeyboardInterrupt):
                raise
            raise QueryTimeout(f"the statement took longer than {timeout:.0f} s") from None

    def _run(self, sql: str) -> Result:
        try:
            cursor = self.con.execute(sql)
            names = [column[0] for column in cursor.description or ()]
            types = [str(column[1]) for column in cursor.description or ()]
            return Result(names, types, cursor.fetchall())
        except (duckdb.Error, RuntimeError) as error:
            raise ValueError(str(error).split("\n\n", 1)[0]) from None

    def thresholds(self, values: Mapping[str, float]) -> None:
        """Bind ``thresholds`` to these values instead of the stored ones."""
        body = ", ".join(f"('{name}', {value!r}::double)" for name, value in values.items())
        source = f"(values {body})" if body else "(select null::varchar, null::double limit 0)"
        self.con.execute(
            "create or replace temp view thresholds as select name, value, "
            f"null::varchar as unit, null::varchar as doc from {source} as t(name, value)"
        )


class Snapshot(Bound):
    """One snapshot of a database file, opened read-only. Use ``Snapshot.open``."""

    path: Path
    info: SnapshotInfo
    scopes: list[ScopeState]

    @classmethod
    def open(
        cls,
        path: Path | str,
        snapshot: str = "latest",
        *,
        as_of: datetime.datetime | None = None,
        for_user: bool = False,
    ) -> Snapshot:
        """Open a database and bind the named snapshot: an id, a prefix, latest or latest~N.

        ``for_user`` also offers the schema ``history``. Raises SnapshotError.
        """
        from auditor import catalog

        path = Path(path)
        con = connect(existing(path), read_only=True, shown=path)
        try:
            row = chosen(con, snapshot, path)
        except SnapshotError:
            con.close()
            raise
        con.execute("set enable_external_access = false")
        try:
            self = cls(con, row["seq"], catalog.tables(), catalog.views(), as_of)
            self.path = path
            self.info, self.scopes = describe(con, row)
            if for_user:
                _offer_history(con, catalog.tables(), row["seq"])
        except (duckdb.CatalogException, duckdb.BinderException):
            con.close()
            raise SnapshotError(_other_tables(path, row)) from None
        except duckdb.Error:
            con.close()
            raise SnapshotError(
                f"{path} is damaged; restore a copy of it, or name another."
            ) from None
        con.execute("set lock_configuration = true")
        return self

    def query(self, sql: str) -> pandas.DataFrame:
        """Return the rows of exactly one SELECT as a DataFrame; raise UsageError for others."""
        import pandas

        result = self.select(sql)
        return pandas.DataFrame(result.rows, columns=result.names)

    def select(self, sql: str) -> Result:
        """Run exactly one SELECT of the user's; raise UsageError with DuckDB's sentence.

        Repeated column names are numbered: most forms of a result hold each name once.
        """
        only_select(sql)
        try:
            found = self.rows(sql)
        except ValueError as error:
            raise UsageError(f"The query failed: {' '.join(str(error).split())}") from None
        return msgspec.structs.replace(found, names=_distinct(found.names))

    def close(self) -> None:
        """Let go of the file."""
        self._worker.shutdown()
        self.con.close()

    def __enter__(self) -> Snapshot:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def _distinct(names: list[str]) -> list[str]:
    """Number repeated column names as DuckDB's DataFrame does: a, a_1, a_2."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        unique = name
        while unique.lower() in seen:
            seen[name.lower()] += 1
            unique = f"{name}_{seen[name.lower()]}"
        seen[unique.lower()] = 0
        found.append(unique)
    return found


def _other_tables(path: Path, row: Mapping[str, Any]) -> str:
    version = row["tool_version"]
    return (f"{path} was written by ecs-audit {version} with other tables than {__version__} has; "
            "collect into a new file, and keep this one for that version.")  # fmt: skip


def _offer_history(con: Any, tables: Mapping[str, Table], seq: int) -> None:
    newest = newest_check(seq, f"{STORE}.history")
    for name, columns in (("findings", "* exclude (seq)"), ("rule_results", "*")):
        con.execute(
            f"create temp view {name} as select {columns} from {STORE}.history.{name} "
            f"where check_id = {newest}"
        )
    con.execute(
        f"create temp view snapshots as select * exclude (seq) from {STORE}.history.snapshots"
    )
    con.execute("create schema if not exists history")
    con.execute(
        "".join(
            f"create view history.{name} as select * from {STORE}.history.{name};"
            for name in (*tables, *LEDGER)
        )
    )


def listed(con: Any) -> list[dict[str, Any]]:
    """Return all snapshots of an attached file, oldest first."""
    names = ledger_columns("snapshots")
    try:
        rows = con.execute(
            f"select {', '.join(names)} from {STORE}.history.snapshots order by seq"
        ).fetchall()
    except duckdb.Error:
        raise SnapshotError(
            "This database was not made by ecs-audit: it has no history.snapshots."
        ) from None
    return [dict(zip(names, row, strict=True)) for row in rows]


def sound(path: Path) -> None:
    """Raise SnapshotError where a file cannot take another snapshot; one that is not there can."""
    if not path.exists():
        return
    try:
        con = connect(path.resolve(), read_only=True, shown=path)
    except InUseError:
        return  # the new file takes its place all the same
    with contextlib.closing(con):
        every = _understood(con, path)
        if every and not _fits(con):
            raise SnapshotError(_other_tables(path, every[-1]))


def _fits(con: Any) -> bool:
    """Say whether each table that the file has holds every column of today; new ones are made."""
    from auditor import catalog

    found: dict[str, set[str]] = {}
    rows = con.execute(
        "select table_name, column_name from duckdb_columns() where database_name = ? "
        "and schema_name = 'history'", [STORE],
    ).fetchall()  # fmt: skip
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return all(
        {c.name for c in stored(table)} <= found.get(table.name, {c.name for c in stored(table)})
        for table in catalog.tables().values()
    )


def _understood(con: Any, path: Path) -> list[dict[str, Any]]:
    every = listed(con)
    if any(row["schema_version"] > SCHEMA_VERSION for row in every):
        raise SnapshotError(f"{path} was written by a newer ecs-audit; upgrade to read it.")
    return every


def chosen(con: Any, wanted: str, path: Path) -> dict[str, Any]:
    """Return the row of the snapshot that a user means; raise SnapshotError."""
    every = _understood(con, path)
    usable = [row for row in every if row["status"] in BINDABLE]
    if not usable:
        raise SnapshotError(
            f"{path} holds no snapshot that was read; `ecs-audit snapshots list` shows them."
        )
    if wanted == "latest" or wanted.startswith("latest~"):
        back = wanted[7:] or "0"
        if not back.isdecimal() or int(back) >= len(usable):
            raise SnapshotError(
                f"{path} has {len(usable)} snapshots that were read; {wanted} is not one of them."
            )
        return usable[-1 - int(back)]
    found = [row for row in usable if wanted and row["snapshot_id"].startswith(wanted)]
    if len(found) != 1:
        what = "names several snapshots of" if found else "is no snapshot that was read in"
        raise SnapshotError(f"{wanted!r} {what} {path}; see `ecs-audit snapshots list`.")
    return found[0]


def describe(con: Any, row: Mapping[str, Any]) -> tuple[SnapshotInfo, list[ScopeState]]:
    """Return what is known of a snapshot and of its scopes."""
    scopes = [
        ScopeState(*found)
        for found in con.execute(
            f"select account_id, region, status, reason from {STORE}.history.snapshot_scopes "
            "where seq = ? order by account_id, region",
            [row["seq"]],
        ).fetchall()
    ]
    options = json.loads(row["options"] or "{}")
    info = SnapshotInfo(
        id=row["snapshot_id"],
        started_at=utc(row["started_at"]),
        finished_at=utc(row["finished_at"]),
        status=row["status"],
        digest=row["digest"] or "",
        partition=options.get("partition", "aws"),
        accounts=sorted({s.account for s in scopes}),
        regions=sorted({s.region for s in scopes} - {"global"}),
        revisions=options.get("revisions", "in-use"),
        clusters=options.get("clusters") or None,
        scopes=scopes,
    )
    return info, scopes
