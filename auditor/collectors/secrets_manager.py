"""Secrets Manager: metadata of every secret, versions' stages, and policies; never a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.policies import (
    RESOURCE_POLICIES,
    RESOURCE_POLICY_STATEMENTS,
    policy_rows,
)
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.schema import Column, Item, Row, Scope, Table

C = Column
SECRETS = Table(
    "secrets",
    "One row per Secrets Manager secret, those planned for deletion too; metadata only.",
    (
        C("secret_arn", "VARCHAR", "ARN with the random suffix.", "ARN"),
        C("name", "VARCHAR", "Name.", "Name"),
        C("kms_key_id", "VARCHAR", "Customer key; NULL = the AWS managed key.", "KmsKeyId"),
        C(
            "rotation_enabled",
            "BOOLEAN",
            "Rotation is on.",
            lambda item: item.get("RotationEnabled") is True,
        ),
        C(
            "rotation_days",
            "BIGINT",
            "Days between rotations.",
            "RotationRules.AutomaticallyAfterDays",
        ),
        C("created_at", "TIMESTAMP", "Time of creation.", "CreatedDate"),
        C("last_changed_at", "TIMESTAMP", "Last change of any kind.", "LastChangedDate"),
        C("last_rotated_at", "TIMESTAMP", "Last rotation.", "LastRotatedDate"),
        C("last_accessed_at", "TIMESTAMP", "Day of the last access.", "LastAccessedDate"),
        C("deleted_at", "TIMESTAMP", "Time it was scheduled for deletion.", "DeletedDate"),
        C("owning_service", "VARCHAR", "Service that manages it.", "OwningService"),
        C("type", "VARCHAR", "Kind of a third party's managed secret.", "Type"),
        C("primary_region", "VARCHAR", "Region of the original of a replica.", "PrimaryRegion"),
    ),
)
VERSIONS = Table(
    "secret_versions",
    "One row per version and stage of a secret.",
    (
        C("secret_arn", "VARCHAR", "Secret."),
        C("version_id", "VARCHAR", "Version."),
        C("stage", "VARCHAR", "Stage, such as AWSCURRENT."),
    ),
)
LIST = Call(
    "secretsmanager",
    "ListSecrets",
    "SecretList",
    ("MaxResults", 100),
    ("NextToken", "NextToken"),
    key="ARN",
    fixed={"IncludePlannedDeletion": True},
)
POLICY = Call(
    "secretsmanager",
    "GetResourcePolicy",
    one="SecretId",
    key="ARN",
    absent=("ResourceNotFoundException",),
    fills=("resource_policies", "resource_policy_statements"),
)


# A parameter of this path stands for the secret of that name.
REFERENCE = ":parameter/aws/reference/secretsmanager/"


def rows(scope: Scope, secret: Item, masker: Any) -> Iterator[tuple[Table, Row]]:
    """Map one secret, its versions and tags."""
    arn = secret["ARN"]
    yield SECRETS, SECRETS.row(scope, secret)
    for version, stages in sorted((secret.get("SecretVersionsToStages") or {}).items()):
        for stage in stages:
            yield VERSIONS, VERSIONS.row(scope, {}, secret_arn=arn, version_id=version, stage=stage)
    yield from tag_rows(scope, arn, "secret", secret.get("Tags"), masker)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List all secrets; ask for the policies of those that definitions name."""
    found = list(reader.listing(LIST))
    yield from reader.map(LIST, found, lambda s: rows(reader.scope, s, reader.masker))
    named = reader.column("container_secrets", "reference_resource")
    named |= {name.replace(":ssm:", ":secretsmanager:").replace(REFERENCE, ":secret:")
              for name in named if REFERENCE in name}  # fmt: skip
    arns = [s["ARN"] for s in found if isinstance(s.get("ARN"), str)]
    wanted = [arn for arn in arns if named & {arn, arn[:-7]}]
    for arn, answer in reader.get_each(POLICY, [(arn, {"SecretId": arn}) for arn in wanted]):
        yield from policy_rows(reader.scope, arn, "secretsmanager", answer.get("ResourcePolicy"))


COLLECTOR = Collector(
    (SECRETS, VERSIONS, RESOURCE_POLICIES, RESOURCE_POLICY_STATEMENTS, TAGS),
    (LIST, POLICY),
    collect,
    after=("container_secrets",),
)
