"""Tags of any collected resource: one table, values classified like all free text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from auditor.collectors.values import VALUE_COLUMNS, value_columns
from auditor.schema import Column, Row, Scope, Table, items, segment

if TYPE_CHECKING:
    from auditor.secrets.masking import Masker

TAGS = Table(
    "tags",
    "One row per tag of a collected resource.",
    (
        Column("resource_arn", "VARCHAR", "Resource that carries the tag."),
        Column("resource_type", "VARCHAR", "Its kind, such as service or task-definition."),
        Column("part", "VARCHAR", "Path inside the resource: tag/NAME."),
        Column("name", "VARCHAR", "Tag key."),
        *VALUE_COLUMNS,
    ),
)


def tag_rows(
    scope: Scope, arn: str, resource_type: str, tags: Any, masker: Masker
) -> Iterator[tuple[Table, Row]]:
    """Yield the rows of a tag list, spelled ``key/value`` (ECS) or ``Key/Value`` (others)."""
    for tag in items(tags):
        name = tag.get("key", tag.get("Key"))
        text = tag.get("value", tag.get("Value"))
        given = {"resource_arn": arn, "resource_type": resource_type, "name": name}
        classified = masker.value(name or "", text if text is not None else "", "tags")
        part = f"tag/{segment(name)}" if isinstance(name, str) else None
        yield TAGS, TAGS.row(scope, {}, part=part, **given, **value_columns(classified))
