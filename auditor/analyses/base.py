"""What an analysis is: tables made from tables of the same snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from auditor.schema import Row, Table


class Queryable(Protocol):
    """A bound snapshot; ``rows(sql)`` returns an object with ``names`` and ``rows``."""

    def rows(self, sql: str, timeout: float | None = None) -> Any:
        """Run one SELECT."""
        ...


@dataclass(frozen=True, slots=True)
class Analysis:
    """Tables and the function that fills them; lower ``rank`` runs first."""

    tables: tuple[Table, ...]
    compute: Callable[[Queryable], Iterable[tuple[Table, Row]]]
    rank: int = 0


def records(snapshot: Queryable, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a SELECT as mappings."""
    result = snapshot.rows(sql)
    return [dict(zip(result.names, row, strict=True)) for row in result.rows]
