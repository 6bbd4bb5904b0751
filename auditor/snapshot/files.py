"""The database file is only ever replaced by a complete one: lock, copy, write, rename."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from auditor.errors import SnapshotError
from auditor.snapshot.ddl import STORAGE, text

STORE = "store"
# No setting of the user's own may reach the tool's connection.
CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
LOCK_WAIT = 60.0
BLOCK = 16_384  # a hundred small tables in DuckDB's default of 256 KB would be mostly air


class InUseError(SnapshotError):
    """A database that another program holds open for writing."""


def existing(path: Path) -> Path:
    """Return the whole path of a database; raise SnapshotError where there is none."""
    if not path.exists():
        raise SnapshotError(f"{path} does not exist; `ecs-audit collect --db {path}` makes it.")
    return path.resolve()


def connect(path: Path | None, *, read_only: bool = False, shown: Path | None = None) -> Any:
    """Return an in-memory connection with a database file attached as ``store``.

    Raises SnapshotError, which speaks of ``shown`` where the file stands in for another.
    """
    con = duckdb.connect(config=dict(CONFIG))
    where = text(str(path)) if path else "':memory:'"
    made = f"(storage_version '{STORAGE}', block_size {BLOCK})" if path else ""
    options = "(read_only)" if read_only else made
    try:
        con.execute(f"attach {where} as {STORE} {options}")
    except duckdb.Error as error:
        con.close()
        raise _unusable(shown or path, error) from None
    return con


def _unusable(path: Path | None, error: Exception) -> SnapshotError:
    said = str(error).lower()
    if "conflicting lock" in said or "set lock" in said:
        return InUseError(f"{path} is open for writing in another program; close it and try again.")
    if "storage version" in said or "newer version" in said or "serialization" in said:
        return SnapshotError(
            f"{path} was written by a newer DuckDB; upgrade with `pip install -U duckdb`."
        )
    return SnapshotError(
        f"{path} is not a DuckDB database or is damaged; restore a copy of it, or name another."
    )


@contextlib.contextmanager
def locked(db: Path) -> Iterator[None]:
    """Hold the writers' lock beside a database; readers need none."""
    handle = _open(db.with_name(db.name + ".lock"), os.O_RDWR | os.O_CREAT)
    deadline = time.monotonic() + LOCK_WAIT
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SnapshotError(
                        f"{db} is being written by another ecs-audit; wait for it to finish."
                    ) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(handle)


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SnapshotError(f"{path} cannot be written: {error.strerror}.") from None


@contextlib.contextmanager
def replaced(db: Path) -> Iterator[Any]:
    """Yield a connection on a copy of the database that takes its place when all went well.

    The copy is renamed over the original, so a reader keeps the file it opened and a killed
    process leaves the old one whole.
    """
    with locked(db):
        copy = db.with_name(f".{db.name}.{os.getpid()}.tmp")
        try:
            _sweep(db)
            _copy(db, copy)
            con = connect(copy, shown=db)
            try:
                yield con
                con.execute(f"checkpoint {STORE}")
                con.execute("use memory")
                con.execute(f"detach {STORE}")
            finally:
                con.close()
            _sync(copy)
            copy.replace(db)
            _remove(db.with_name(db.name + ".wal"))
            _sync(db.parent)
        except OSError as error:
            raise SnapshotError(f"{db} cannot be written: {error.strerror}.") from None
        except duckdb.Error as error:
            if "no space" in str(error).lower():
                raise SnapshotError(f"{db} cannot be written: the disk is full.") from None
            raise
        finally:
            _remove(copy)


def _sweep(db: Path) -> None:
    """Remove the copies that killed writers left; the lock says that nobody is at work on one."""
    for path in db.parent.iterdir():
        if path.name.startswith(f".{db.name}.") and path.name.endswith((".tmp", ".tmp.wal")):
            path.unlink(missing_ok=True)


def _copy(db: Path, copy: Path) -> None:
    for suffix in ("", ".wal"):
        source = db.with_name(db.name + suffix)
        if source.exists():
            target = copy.with_name(copy.name + suffix)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with source.open("rb") as reader, os.fdopen(handle, "wb") as writer:
                shutil.copyfileobj(reader, writer, 1 << 20)


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + ".wal")):
        name.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
