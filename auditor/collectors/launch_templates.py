"""Launch template versions that container instances and their groups use."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.ec2_instances import HITS, SETTINGS, user_data_rows
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table, dig

C = Column
D = "LaunchTemplateData"
TEMPLATES = Table(
    "launch_templates",
    "One row per launch template version in use.",
    (
        C("launch_template_arn", "VARCHAR", "ARN form."),
        C("launch_template_id", "VARCHAR", "Id.", "LaunchTemplateId"),
        C("launch_template_name", "VARCHAR", "Name.", "LaunchTemplateName"),
        C("version", "BIGINT", "Version.", "VersionNumber"),
        C("is_default", "BOOLEAN", "Default version.", "DefaultVersion"),
        C("image_id", "VARCHAR", "AMI or resolve:ssm reference.", f"{D}.ImageId"),
        C("http_tokens", "VARCHAR", "optional or required.", f"{D}.MetadataOptions.HttpTokens"),
        C(
            "http_put_response_hop_limit",
            "BIGINT",
            "Hops.",
            f"{D}.MetadataOptions.HttpPutResponseHopLimit",
        ),
        C(
            "iam_instance_profile_arn",
            "VARCHAR",
            "Instance profile.",
            f"{D}.IamInstanceProfile.Arn",
        ),
        C("has_user_data", "BOOLEAN", "User data is set.", lambda i: bool(dig(i, f"{D}.UserData"))),
    ),
)
DESCRIBE = Call(
    "ec2",
    "DescribeLaunchTemplateVersions",
    "LaunchTemplateVersions",
    one="LaunchTemplateId",
    key="LaunchTemplateId",
    parents={"LaunchTemplateId": "LaunchTemplateId"},
    fixed={"IncludeManagedResources": True},
    missing=("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound"),
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe each template's version in use."""
    used = {
        (row["launch_template_id"], row["launch_template_version"] or "$Default")
        for table in ("ec2_instances", "auto_scaling_groups")
        for row in reader.rows(table)
        if row["launch_template_id"]
    }
    account, region, partition = reader.scope
    prefix = f"arn:{partition}:ec2:{region}:{account}:launch-template"

    def rows(version: Item) -> Iterator[tuple[Table, Row]]:
        arn = f"{prefix}/{version['LaunchTemplateId']}"
        yield TEMPLATES, TEMPLATES.row(reader.scope, version, launch_template_arn=arn)
        raw = dig(version, f"{D}.UserData")
        if raw:
            where = f"version {version.get('VersionNumber')}"
            yield from user_data_rows(reader.scope, arn, raw, reader.masker, where)

    # One version a request: one that is gone would take the others of its request along.
    asked = [
        (f"{prefix}/{name}", {"LaunchTemplateId": name, "Versions": [version]})
        for name, version in sorted(used)
    ]
    seen: set[tuple[str, object]] = set()
    for arn, answer in reader.get_each(DESCRIBE, asked):
        for version in answer.get("LaunchTemplateVersions") or ():
            key = (arn, version.get("VersionNumber"))
            if key not in seen:
                seen.add(key)
                yield from reader.map(DESCRIBE, [version], rows, arn)


COLLECTOR = Collector(
    (TEMPLATES, HITS, SETTINGS),
    (DESCRIBE,),
    collect,
    needs=("container_instances",),
    after=("ec2_instances", "auto_scaling_groups"),
)
