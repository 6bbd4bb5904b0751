"""Tags of revisions that are not described again: tags change, definitions do not."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.schema import Row, Table

LIST = Call(
    "resourcegroupstaggingapi",
    "GetResources",
    "ResourceTagMappingList",
    ("ResourcesPerPage", 100),
    ("PaginationToken", "PaginationToken"),
    key="ResourceARN",
    fixed={"ResourceTypeFilters": ["ecs:task-definition"]},
    action="tag:GetResources",
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Ask for the tags only where some revision in scope was known already."""
    known = reader.shared.known_revisions & reader.column("containers", "task_definition_arn")
    if not known:
        return
    for found in reader.listing(LIST):
        arn = found.get("ResourceARN")
        if isinstance(arn, str) and arn in known:
            tags = found.get("Tags")
            yield from tag_rows(reader.scope, arn, "task-definition", tags, reader.masker)


COLLECTOR = Collector((TAGS,), (LIST,), collect, after=("containers",))
