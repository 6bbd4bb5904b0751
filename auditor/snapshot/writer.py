"""Load rows: buffered, through DuckDB's Appender, with the keys that history needs."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, groupby, islice
from operator import itemgetter
from typing import Any

import duckdb

from auditor import garbage
from auditor.collectors.gaps import CallRecord, Gap
from auditor.errors import SnapshotError
from auditor.findings import ScopeState
from auditor.schema import Row, Table
from auditor.snapshot.ddl import ledger_columns, quoted, stored

FLUSH = 20_000
FEW = 3  # rows up to which an INSERT takes less time than an appender


class Writer:
    """Writes the rows of one snapshot (``seq``) into the history tables of a connection."""

    def __init__(self, con: Any, seq: int, revs: Iterator[int] | None = None) -> None:
        self.con, self.seq = con, seq
        self._next = revs or count(1)
        self._rev: dict[tuple[str, str], int] = {}
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._columns: dict[str, list[str]] = {}
        self._plans: dict[str, tuple[list[int], bool, int | None]] = {}
        self.members: list[tuple[str, bool, bool, bool, str]] = []
        self._lock = threading.RLock()

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Append rows of a declared table."""
        with self._lock:
            if table.name not in self._plans:
                self._columns[table.name] = self._named(table)
                at = [n for n, column in enumerate(table.columns) if not column.member]
                key = table.names.index(table.key) if table.key else None
                self._plans[table.name] = (at, len(at) == len(table.columns), key)
            at, whole, key = self._plans[table.name]
            target = self._rows[table.name]
            for row in rows:
                body = row if whole else tuple(row[i] for i in at)
                target.append((*self._keys(table, row, key), *body))
            if len(target) >= FLUSH:
                self._flush(table.name)

    def load_all(self, rows: Iterable[tuple[Table, Row]]) -> None:
        """Append rows of any declared tables; those of one table that follow are one batch."""
        with garbage.paused():
            for table, run in groupby(rows, key=itemgetter(0)):
                while batch := [row for _, row in islice(run, FLUSH)]:
                    self.load(table, batch)

    def _named(self, table: Table) -> list[str]:
        lead = {"snapshot": ["seq"], "static": []}.get(table.kept, ["rev"])
        return [*lead, *(column.name for column in stored(table))]

    def _keys(self, table: Table, row: Row, key: int | None) -> tuple[int, ...]:
        if table.kept == "static":
            return ()
        if table.kept == "snapshot" or key is None:
            return (self.seq,)
        group = table.name if table.kept == "content" else ""
        name = (group, str(row[key]))
        if name not in self._rev:
            self._rev[name] = next(self._next)
            if group:
                self._append("content_members", (self.seq, group, self._rev[name]))
        return (self._rev[name],)

    def member(self, arn: str, *, in_use: bool, newest: bool, described: bool, status: str) -> None:
        """Say that a revision belongs to the snapshot."""
        self.members.append((arn, in_use, newest, described, status))

    def call(self, record: CallRecord) -> None:
        """Record how an operation ended."""
        r = record
        row = (r.account_id, r.region, r.call, r.status, ",".join(r.tables), r.calls, r.items)
        self._append("collection_calls", (self.seq, *row))

    def gap(self, gap: Gap) -> None:
        """Record what was not read."""
        g = gap
        row = (g.account_id, g.region, g.call, g.resource, g.status, g.code, g.message)
        self._append("collection_gaps", (self.seq, *row, ",".join(g.tables)))

    def scope(self, state: ScopeState) -> None:
        """Record how much of an account-region was read."""
        row = (self.seq, state.account, state.region, state.status, state.reason)
        self._append("snapshot_scopes", row)

    def _append(self, name: str, row: Row) -> None:
        with self._lock:
            self._columns[name] = ledger_columns(name)
            self._rows[name].append(row)

    def append(self, name: str, rows: Iterable[Row]) -> None:
        """Append rows to a ledger table."""
        for row in rows:
            self._append(name, row)

    def commit(self) -> None:
        """Hand over what was loaded; a file also makes it durable."""
        self.flush()

    def flush(self) -> None:
        """Hand every buffered row to the database, in the caller's transaction."""
        with self._lock:
            for name in list(self._rows):
                self._flush(name)

    def _flush(self, name: str) -> None:
        rows = self._rows.pop(name, [])
        if not rows:
            return
        try:
            if len(rows) > FEW:
                appender = self.con.appender(f"store.history.{name}", columns=self._columns[name])
                appender.append_rows(rows)
                appender.flush()
            else:
                self._insert(name, rows)
        except duckdb.Error:
            # DuckDB prints the value that it refused.
            raise SnapshotError(f"rows of {name} could not be stored") from None

    def _insert(self, name: str, rows: list[Row]) -> None:
        columns = self._columns[name]
        # A column that is not named is NULL, and DuckDB has one less to plan.
        kept = [n for n in range(len(columns)) if any(row[n] is not None for row in rows)]
        named = ", ".join(quoted(columns[n]) for n in kept)
        row = f"({', '.join('?' * len(kept))})"
        self.con.execute(
            f"insert into store.history.{name} ({named}) values {', '.join([row] * len(rows))}",
            [row[n] for row in rows for n in kept],
        )

    def resolve_members(self, known: Mapping[str, int] | None = None) -> list[str]:
        """Write the members named by ARN and return those whose rows are nowhere.

        ``known`` gives revisions loaded by earlier runs.
        """
        lost = []
        for arn, *state in self.members:
            rev = self._rev.get(("", arn), (known or {}).get(arn))
            if rev is None:
                lost.append(arn)
            else:
                self._append("task_definition_members", (self.seq, rev, *state))
        self.members.clear()
        self.flush()
        return lost
