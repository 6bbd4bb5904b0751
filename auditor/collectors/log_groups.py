"""CloudWatch log groups."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table

C = Column


def _arn(item: Item) -> str | None:
    arn = item.get("logGroupArn") or item.get("arn")
    return arn.removesuffix(":*") if isinstance(arn, str) else None


LOG_GROUPS = Table(
    "log_groups",
    "One row per log group of the region.",
    (
        C("log_group_arn", "VARCHAR", "ARN without the trailing :*.", _arn),
        C("log_group_name", "VARCHAR", "Name.", "logGroupName"),
        C(
            "retention_days",
            "BIGINT",
            "Days that events are kept; NULL = for ever.",
            "retentionInDays",
        ),
        C(
            "retention_policy_name",
            "VARCHAR",
            "Retention policy of the account that sets the days, where one does.",
            "retentionPolicyName",
        ),
        C("kms_key_id", "VARCHAR", "Customer key; NULL = the service's own.", "kmsKeyId"),
        C(
            "log_group_class",
            "VARCHAR",
            "STANDARD, INFREQUENT_ACCESS or DELIVERY.",
            "logGroupClass",
        ),
        C(
            "created_at",
            "TIMESTAMP",
            "Time of creation.",
            lambda item: item["creationTime"] / 1000 if "creationTime" in item else None,
        ),
        C("data_protection_status", "VARCHAR", "Data protection policy.", "dataProtectionStatus"),
    ),
)
LIST = Call("logs", "DescribeLogGroups", "logGroups", ("limit", 50), key="logGroupName")


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List the log groups of the region."""
    yield from reader.map(
        LIST,
        reader.listing(LIST),
        lambda group: [(LOG_GROUPS, LOG_GROUPS.row(reader.scope, group))],
        _arn,
    )


COLLECTOR = Collector((LOG_GROUPS,), (LIST,), collect)
