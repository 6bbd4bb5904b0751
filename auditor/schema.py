"""Declare a table once: its DDL, comments, documentation and mapping come from that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple

ColumnType = Literal["VARCHAR", "BOOLEAN", "BIGINT", "DOUBLE", "TIMESTAMP"]
Kept = Literal["snapshot", "revision", "content", "static"]
Item = Mapping[str, Any]
Row = tuple[Any, ...]
INT64 = 2**63


class Scope(NamedTuple):
    """Where facts were read; ``region`` is ``global`` for IAM and organisation-wide facts."""

    account_id: str
    region: str
    partition: str = "aws"


class MappingError(ValueError):
    """An API answer does not have the declared shape; names table and column, never the value."""


@dataclass(frozen=True, slots=True)
class Column:
    """A typed column, the sentence that explains it, and where its value stands in the API item.

    ``source`` is a dotted path into the item, a function of it, or None where the collector
    gives the value by name. ``member`` marks a fact of the membership in a snapshot
    (``in_use``) rather than of the immutable row.
    """

    name: str
    type: ColumnType
    doc: str
    source: str | Callable[[Item], Any] | None = None
    member: bool = False


ACCOUNT_ID = Column("account_id", "VARCHAR", "Account that was read.")
REGION = Column("region", "VARCHAR", "Region that was read; global for IAM.")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the snapshot; every collected one begins with account_id, region.

    ``kept`` says how history stores it: ``snapshot`` copies the rows of each snapshot,
    ``revision`` keeps a task definition revision's rows once for ever (``key`` names the column
    with its ARN), ``content`` keeps a group of equal rows once (``key`` names the column that
    groups), ``static`` holds facts shipped with the program.
    ``reads`` names the tables an analysis is made from; empty for collected tables.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    kept: Kept = "snapshot"
    key: str | None = None
    reads: tuple[str, ...] = ()
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the scope's columns in front of collected tables; keep the names of all."""
        if self.kept != "static" and self.columns[:2] != (ACCOUNT_ID, REGION):
            object.__setattr__(self, "columns", (ACCOUNT_ID, REGION, *self.columns))
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))

    def row(self, scope: Scope, item: Item, **given: Any) -> Row:
        """Map one API item; ``given`` holds what the item does not say itself.

        Raises MappingError where a value has not the declared type, or a given name is unknown.
        """
        given = {"account_id": scope.account_id, "region": scope.region, **given}
        unknown = given.keys() - self.names
        if unknown:
            raise MappingError(f"{self.name} has no column {', '.join(sorted(unknown))}")
        return tuple([self._value(column, item, given) for column in self.columns])

    def _value(self, column: Column, item: Item, given: Item) -> Any:
        if column.name in given:
            value = given[column.name]
        elif isinstance(column.source, str):
            value = dig(item, column.source)
        else:
            value = column.source(item) if column.source else None
        try:
            return CONVERT[column.type](value) if value is not None else None
        except (TypeError, ValueError, OverflowError):
            raise MappingError(f"{self.name}.{column.name} is not {column.type}") from None


def dig(item: Any, path: str) -> Any:
    """Return what stands under a dotted path, None where any step is absent."""
    for step in path.split("."):
        if item is None:
            return None
        if not isinstance(item, Mapping):
            raise MappingError(f"{path}: {step} is asked of something that is not an object")
        item = item.get(step)
    return item


def _varchar(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    # A lone surrogate cannot be encoded; DuckDB would print the whole value in its error.
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        return value.encode("utf-8", "replace").decode("utf-8")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _bigint(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -INT64 <= value < INT64:
        raise TypeError
    return value


def _double(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _timestamp(value: Any) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        value = datetime.fromtimestamp(value, UTC)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise TypeError
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


CONVERT: dict[ColumnType, Callable[[Any], Any]] = {
    "VARCHAR": _varchar,
    "BOOLEAN": _boolean,
    "BIGINT": _bigint,
    "DOUBLE": _double,
    "TIMESTAMP": _timestamp,
}


def segment(name: str) -> str:
    """Return a name as one segment of a part: ``%`` and ``/`` percent-encoded."""
    return name.replace("%", "%25").replace("/", "%2F")


def distinct_parts(rows: Iterable[tuple[Table, Row]]) -> Iterator[tuple[Table, Row]]:
    """Number named things that stand twice, ``…/mount/data~2``: AWS takes a volume mounted twice.

    A container's own rows and the words of its health check share one part by design.
    """
    seen: dict[tuple[str, object], int] = {}
    for table, row in rows:
        at = table.names.index("part") if "part" in table.names else None
        part = row[at] if at is not None else None
        if (
            at is None
            or not isinstance(part, str)
            or part.count("/") < 2
            or part.endswith("/health-check")
        ):
            yield table, row
            continue
        number = seen[table.name, part] = seen.get((table.name, part), 0) + 1
        yield table, row if number == 1 else (*row[:at], f"{part}~{number}", *row[at + 1 :])


def items(value: Any) -> Iterator[Item]:
    """Iterate the objects of an optional list; raise MappingError where it holds other things."""
    if value is not None and not isinstance(value, list):
        raise MappingError("a list was expected")
    for item in value or ():
        if not isinstance(item, Mapping):
            raise MappingError("a list of objects was expected")
        yield item
