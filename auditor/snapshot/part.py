"""The file of a running collection: rows become durable in it before they join the database."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from auditor import catalog
from auditor.errors import SnapshotError
from auditor.schema import Row, Table
from auditor.snapshot.ddl import history_ddl, quoted
from auditor.snapshot.files import STORE, connect
from auditor.snapshot.writer import Writer

if TYPE_CHECKING:
    pass

PART_SEQ = 1


class Header(msgspec.Struct, frozen=True):
    """What a snapshot is: its id, time, program, options and fingerprint key."""

    snapshot_id: str
    started_at: datetime.datetime
    tool_version: str
    options: dict[str, Any] = {}
    key_id: str | None = None


class Part(Writer):
    """A collection in progress, in a file beside the database."""

    def __init__(self, db: Path, header: Header) -> None:
        self.db, self.header = db, header
        self.path = db.with_name(f"{db.name}.{header.snapshot_id}.{os.getpid()}.part")
        self._owner = _own(self.path)
        con = connect(self.path)
        con.execute(f"use {STORE}")
        con.execute(history_ddl(catalog.tables().values()))
        con.execute("create table history.whole_revisions (arn VARCHAR)")
        con.execute("begin")
        super().__init__(con, PART_SEQ)
        self._marked = 0
        self._known: dict[str, Path] = {}

    @classmethod
    def create(cls, db: Path, header: Header) -> Part:
        """Begin a collection; raise SnapshotError where the folder cannot be written."""
        if not db.parent.is_dir():
            raise SnapshotError(f"{db.parent} is not a folder; --db names a file in one.")
        return cls(db, header)

    def known_revisions(self) -> frozenset[str]:
        """Return the ARNs whose content is stored already: in the database or an orphaned part."""
        if not self._known:
            for path in (*orphans(self.db), self.db):
                for arn in _revisions(path):
                    self._known[arn] = path
        return frozenset(self._known)

    def changed_key(self) -> bool:
        """Say whether the last stored snapshot has fingerprints of another key."""
        if not self.db.exists():
            return False
        con = connect(self.db, read_only=True)
        try:
            sql = f"select key_id from {STORE}.history.snapshots order by seq desc limit 1"
            last = con.execute(sql).fetchone()
        except duckdb.Error:
            return False
        finally:
            con.close()
        return last is not None and last[0] not in (None, self.header.key_id)

    def recall(self, table: Table, arns: frozenset[str]) -> list[Row]:
        """Return the stored rows of revisions that are not described again."""
        self.known_revisions()
        found: list[Row] = []
        sources = {self._known[arn] for arn in arns if arn in self._known}
        # Another run may have joined a part to the database since.
        for path in sorted({path if path.exists() else self.db for path in sources}):
            con = connect(path, read_only=True)
            columns = ", ".join("null" if c.member else quoted(c.name) for c in table.columns)
            try:
                rows = con.execute(f"select {columns} from {STORE}.history.{table.name}").fetchall()
            finally:
                con.close()
            key = table.names.index(table.key or "")
            found += [row for row in rows if row[key] in arns]
        return found

    def commit(self) -> None:
        """Make durable what was loaded, and which revisions are whole."""
        with self._lock:
            self.flush()
            whole = [[member[0]] for member in self.members[self._marked :] if member[3]]
            self._marked = len(self.members)
            if whole:
                appender = self.con.appender(f"{STORE}.history.whole_revisions")
                appender.append_rows(whole)
                appender.flush()
            self.con.execute("commit")
            self.con.execute("begin")

    def seal(self) -> None:
        """Make everything durable and let go of the file, for it to be joined."""
        self.commit()
        self.con.execute("commit")
        self.con.execute(f"use memory; detach {STORE}")
        self.con.close()

    def close(self) -> None:
        """Leave the file for the next run to take over (after an interrupt)."""
        self.commit()
        self.con.close()
        os.close(self._owner)

    def abandon(self) -> None:
        """Remove the file."""
        os.close(self._owner)
        _remove(self.path)


def options_text(header: Header) -> str:
    """Return a snapshot's options as JSON text."""
    return json.dumps(header.options, sort_keys=True)


def orphans(db: Path) -> list[Path]:
    """Return the parts whose process is gone, oldest first."""
    taken = _taken(db)
    for handle in taken.values():
        os.close(handle)
    return list(taken)


@contextlib.contextmanager
def adopted(db: Path) -> Iterator[list[Path]]:
    """Hold the parts whose process is gone, oldest first; remove them when all went well.

    Whoever merges holds them, so that two runs that end at once do not take the same one.
    """
    taken = _taken(db)
    try:
        yield list(taken)
        for path in taken:
            _remove(path)
    finally:
        for handle in taken.values():
            os.close(handle)


def unfinished(db: Path) -> list[str]:
    """Return the ids of snapshots that are being collected, or whose process is gone."""
    return [path.name.split(".")[-3] for path in _parts(db)]


def _parts(db: Path) -> list[Path]:
    return sorted(db.parent.glob(f"{db.name}.*.part"))


def _taken(db: Path) -> dict[Path, int]:
    """Return the parts that no process holds, each with the lock taken on it."""
    found = {}
    for path in _parts(db):
        handle = os.open(_mark(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found[path] = handle
        except BlockingIOError:
            os.close(handle)
    return found


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _own(path: Path) -> int:
    try:
        handle = os.open(_mark(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SnapshotError(f"{path.parent} cannot be written: {error.strerror}.") from None
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + ".wal"), _mark(path)):
        name.unlink(missing_ok=True)


def _revisions(path: Path) -> list[str]:
    if not path.exists():
        return []
    try:
        con = connect(path, read_only=True)
    except SnapshotError:
        if path.suffix == ".part":
            # Killed before its first commit: there is nothing to take over.
            _remove(path)
            return []
        raise
    source = "whole_revisions" if path.suffix == ".part" else "task_definitions"
    try:
        column = "arn" if path.suffix == ".part" else "task_definition_arn"
        sql = f"select {column} from {STORE}.history.{source}"
        rows = con.execute(sql).fetchall()
    except duckdb.Error:
        return []
    finally:
        con.close()
    return [row[0] for row in rows]
