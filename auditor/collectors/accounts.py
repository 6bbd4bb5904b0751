"""The account itself: what every other fact hangs on."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Row, Table

ACCOUNTS = Table(
    "accounts",
    "One row per account that was read.",
    (
        Column("account_arn", "VARCHAR", "ARN of the account's root, the resource of findings."),
        Column("partition", "VARCHAR", "aws, aws-cn, aws-us-gov …"),
    ),
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Yield the account of the scope; its identity was asked for at login."""
    account, _, partition = reader.scope
    arn = f"arn:{partition}:iam::{account}:root"
    yield ACCOUNTS, ACCOUNTS.row(reader.scope, {}, account_arn=arn, partition=partition)


COLLECTOR = Collector((ACCOUNTS,), (), collect, level="account")
