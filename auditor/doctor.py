"""What is wrong here, and what to do: installation, configuration, database, credentials."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.config import Loaded, Settings
from auditor.errors import AuditorError
from auditor.resources import PANGO

if TYPE_CHECKING:
    from auditor.aws import Login


def examined(settings: Settings, loaded: Loaded, login: Login) -> Iterator[tuple[bool, str]]:
    """Yield (good, sentence) for each thing that was looked at."""
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer is needed)"
    where = f"{loaded.path} (SHA-256 {loaded.digest})" if loaded.path else "none found"
    yield True, f"configuration file: {where}"
    yield from _parts()
    yield _database(Path(settings.db))
    yield _credentials(login)


def _parts() -> Iterator[tuple[bool, str]]:
    try:
        weasyprint = importlib.import_module("weasyprint")
        yield True, f"WeasyPrint {weasyprint.__version__}: PDF reports can be written"
    except OSError:
        yield False, f"WeasyPrint misses Pango: {PANGO}"
    duckdb = importlib.import_module("duckdb")
    yield duckdb.__version__ >= "2", f"DuckDB {duckdb.__version__} (2.0 or newer is needed)"


def _database(path: Path) -> tuple[bool, str]:
    from auditor.snapshot import Snapshot

    if not path.exists():
        return True, f"{path}: not there yet; `ecs-audit collect` makes it"
    try:
        with Snapshot.open(path) as snapshot:
            return True, f"{path}: newest snapshot {snapshot.info.id}, {snapshot.info.status}"
    except AuditorError as error:
        return False, str(error)


def _credentials(login: Login) -> tuple[bool, str]:
    from auditor.aws import identity, open_session

    try:
        account, partition = identity(open_session(login), login)
    except AuditorError as error:
        return False, str(error)
    return True, f"credentials: account {account}, partition {partition}"
