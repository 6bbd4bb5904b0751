"""What later collectors ask of earlier ones."""

from __future__ import annotations

import threading
from collections import defaultdict

from auditor.schema import Row, Scope, Table


class Facts:
    """Rows that later collectors ask for, by account, region and table."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self.wanted = wanted
        self._rows: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        self._lock = threading.Lock()

    def add(self, scope: Scope, table: Table, row: Row) -> None:
        """Keep a row if some collector wants its table."""
        if table.name in self.wanted:
            with self._lock:
                self._rows[scope.account_id, scope.region, table.name].append(row)

    def of(self, scope: Scope, table: str) -> list[Row]:
        """Return the rows of a table in this scope and, of account tables, of the account."""
        here = self._rows.get((scope.account_id, scope.region, table), [])
        return here or self._rows.get((scope.account_id, "global", table), [])
