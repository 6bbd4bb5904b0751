"""ECS account settings: effective for the account and for each instance role."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table

C = Column
SETTINGS = Table(
    "account_settings",
    "One row per effective ECS setting and principal: is_default tells the account's own.",
    (
        C("setting_arn", "VARCHAR", "Resource of findings: account-setting/NAME."),
        C("principal_arn", "VARCHAR", "Principal it holds for: the root, or an instance role."),
        C("is_default", "BOOLEAN", "Holds for the account's root."),
        C("name", "VARCHAR", "Setting, such as awsvpcTrunking.", "name"),
        C("setting_value", "VARCHAR", "Value in force.", "value"),
        C("type", "VARCHAR", "user or aws_managed.", "type"),
    ),
)
LIST = Call(
    "ecs",
    "ListAccountSettings",
    "settings",
    ("maxResults", 10),
    key="name",
    parents={"principalArn": "principalArn"},
    fixed={"effectiveSettings": True},
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Ask for the root and for each role that container instances run under."""
    account, region, partition = reader.scope
    root = f"arn:{partition}:iam::{account}:root"
    profiles = reader.column("ec2_instances", "iam_instance_profile_arn")
    roles = {
        row["role_arn"]
        for row in reader.rows("instance_profiles")
        if row["instance_profile_arn"] in profiles
    }
    for principal in (root, *sorted(roles)):
        found = reader.listing(LIST, principalArn=principal)

        def rows(item: Item, principal: str = principal) -> list[tuple[Table, Row]]:
            arn = f"arn:{partition}:ecs:{region}:{account}:account-setting/{item.get('name')}"
            given = {"setting_arn": arn, "principal_arn": principal}
            return [
                (SETTINGS, SETTINGS.row(reader.scope, item, **given, is_default=principal == root))
            ]

        yield from reader.map(LIST, found, rows, lambda _: None)


COLLECTOR = Collector((SETTINGS,), (LIST,), collect, after=("ec2_instances", "instance_profiles"))
