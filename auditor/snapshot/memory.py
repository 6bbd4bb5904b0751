"""An in-memory database with the declared tables: one a worker, one transaction a case."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from auditor import catalog
from auditor.data import static_tables
from auditor.schema import Row, Table
from auditor.snapshot.ddl import history_ddl
from auditor.snapshot.files import STORE, connect
from auditor.snapshot.merge import H
from auditor.snapshot.reader import Bound
from auditor.snapshot.writer import Writer

FIRST_AS_OF = datetime.datetime(2026, 11, 15)  # noqa: DTZ001 - stored times are UTC without zone


class CaseWriter(Writer):
    """Hands its rows over once, and only those that are read: each table costs a millisecond."""

    def __init__(self, con: Any, seq: int, revs: Any, read: frozenset[str] | None) -> None:
        super().__init__(con, seq, revs)
        self.read = read

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Append rows of a table that is read."""
        if self.read is None or table.name in self.read:
            super().load(table, rows)

    def commit(self) -> None:
        """Keep the rows until the case is collected."""


class MemoryStore:
    """History tables in memory; what a case writes is rolled back."""

    def __init__(self) -> None:
        self.con = connect(None)
        # A case is a few rows: waking a second thread costs more than it does.
        self.con.execute(f"set threads=1; use {STORE}")
        self.con.execute(history_ddl(catalog.tables().values()))
        writer = Writer(self.con, 0)
        for table, rows in static_tables().items():
            writer.load(table, rows)
        writer.flush()
        # Most cases are one snapshot judged at one time: a hundred views less to make for each.
        self._first = Bound(self.con, 1, catalog.tables(), catalog.views(), FIRST_AS_OF)

    @contextlib.contextmanager
    def case(self) -> Iterator[MemoryStore]:
        """Open a transaction that ends with a rollback."""
        self.con.execute("begin")
        try:
            yield self
        finally:
            self.con.execute("rollback")

    def begin(
        self, seq: int, revs: Any, when: datetime.datetime, read: frozenset[str] | None = None
    ) -> Writer:
        """Begin a snapshot of the tables that are read, all by default; return its writer."""
        self.con.execute(
            f"insert into {H}.snapshots values (?, ?, ?, ?, 'complete', '', 1, '{{}}', null, null)",
            [f"snapshot-{seq}", seq, when, when],
        )
        return CaseWriter(self.con, seq, revs, read)

    def analyse(self, seq: int, writer: Writer, reads: frozenset[str]) -> None:
        """Fill the analysis tables that are read."""
        for analysis in catalog.analyses():
            if reads & {table.name for table in analysis.tables}:
                bound = self._first if seq == 1 else Bound(self.con, seq, catalog.tables(), {})
                writer.load_all(analysis.compute(bound))
                writer.flush()

    def bind(self, seq: int, as_of: datetime.datetime) -> Bound:
        """Bind the declared tables to a snapshot."""
        if (seq, as_of) == (1, FIRST_AS_OF):
            return self._first
        return Bound(self.con, seq, catalog.tables(), catalog.views(), as_of)
