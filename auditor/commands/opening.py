"""Open the snapshot that a command reads, and say what else its file holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor import notices

if TYPE_CHECKING:
    from auditor.config import Settings
    from auditor.snapshot import Snapshot


@contextlib.contextmanager
def opened(settings: Settings, name: str) -> Iterator[Snapshot]:
    """Lend a snapshot; one line tells the accounts and regions that others of the file hold alone.

    Raises SnapshotError.
    """
    from auditor import api
    from auditor.snapshot.records import elsewhere

    with api.open(settings.db, name) as snapshot:
        found = [f"{account} {region}" for account, region in elsewhere(snapshot)]
        if found:
            notices.note(f"other snapshots of {settings.db} hold {', '.join(found)}, which "
                         f"{snapshot.info.id} does not")  # fmt: skip
        yield snapshot
