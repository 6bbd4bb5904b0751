"""Write results as Parquet, from a connection that holds nothing else."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from auditor import catalog
from auditor.errors import SnapshotError, UsageError
from auditor.snapshot.ddl import BOUND_LEDGER, quoted, text
from auditor.snapshot.files import CONFIG
from auditor.snapshot.reader import Result, Snapshot


def exported(db: Path, snapshot: str, folder: Path) -> list[Path]:
    """Write every table and view of a snapshot into a new folder, one file each; return them.

    Raises UsageError where the folder holds something, SnapshotError where it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder; name another.")
    names = sorted({*catalog.tables(), *catalog.views(), *BOUND_LEDGER, "findings",
                    "rule_results", "audit"})  # fmt: skip
    with Snapshot.open(db, snapshot, for_user=True) as found:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SnapshotError(f"{folder} cannot be written: {error.strerror}.") from None
        paths = {name: folder / f"{name}.parquet" for name in names}
        with _writer() as con:
            for name, path in paths.items():
                _write(con, found.rows(f"select * from {quoted(name)}"), path)
        return list(paths.values())


def parquet_of(result: Result) -> bytes:
    """Return a result as the bytes of one Parquet file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        with _writer() as con:
            _write(con, result, path)
        return path.read_bytes()


def _writer() -> contextlib.closing[Any]:
    """Return a connection for files: the one that answers queries may never reach one."""
    return contextlib.closing(duckdb.connect(config=dict(CONFIG)))


def _write(con: Any, result: Result, path: Path) -> None:
    """Write rows with the types that the query gave them."""
    pairs = zip(result.names, result.types, strict=True)
    columns = ", ".join(f"{quoted(n)} {t}" for n, t in pairs)
    con.execute(f"create or replace table rows ({columns})")
    appender = con.appender("rows")
    appender.append_rows(result.rows)
    appender.flush()
    try:
        con.execute(f"copy rows to {text(os.fspath(path))} (format parquet)")
    except duckdb.IOException:
        raise SnapshotError(f"{path} cannot be written.") from None
