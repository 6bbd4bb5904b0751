"""ECR repositories and the images that definitions, revisions and tasks use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.policies import (
    RESOURCE_POLICIES,
    RESOURCE_POLICY_STATEMENTS,
    policy_rows,
)
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table, dig, segment

C = Column
REPOSITORIES = Table(
    "ecr_repositories",
    "One row per private ECR repository of the region.",
    (
        C("repository_arn", "VARCHAR", "ARN.", "repositoryArn"),
        C("repository_name", "VARCHAR", "Name.", "repositoryName"),
        C("repository_uri", "VARCHAR", "URI without tag.", "repositoryUri"),
        C(
            "image_tag_mutability",
            "VARCHAR",
            "MUTABLE, IMMUTABLE, …_WITH_EXCLUSION.",
            "imageTagMutability",
        ),
        C(
            "mutability_exclusions",
            "VARCHAR",
            "Tag filters that are excluded, blank separated.",
            lambda item: (
                " ".join(
                    f.get("filter", "")
                    for f in item.get("imageTagMutabilityExclusionFilters") or ()
                )
                or None
            ),
        ),
        C(
            "scan_on_push",
            "BOOLEAN",
            "Basic scanning at push.",
            "imageScanningConfiguration.scanOnPush",
        ),
        C(
            "encryption_type",
            "VARCHAR",
            "AES256, KMS or KMS_DSSE.",
            "encryptionConfiguration.encryptionType",
        ),
        C("kms_key_id", "VARCHAR", "Key of KMS encryption.", "encryptionConfiguration.kmsKey"),
        C("in_use", "BOOLEAN", "A container definition in scope pulls from it."),
        C("scan_frequency", "VARCHAR", "SCAN_ON_PUSH, CONTINUOUS_SCAN or MANUAL; NULL = unread."),
        C("lifecycle_policy", "BOOLEAN", "Has a lifecycle policy; NULL = not asked or refused."),
        C("lifecycle_expires_untagged", "BOOLEAN", "A lifecycle rule removes untagged images."),
    ),
)
IMAGES = Table(
    "ecr_images",
    "One row per tag (or untagged digest) of the images in repositories that are in use.",
    (
        C("repository_arn", "VARCHAR", "Repository."),
        C("repository_name", "VARCHAR", "Repository name.", "repositoryName"),
        C("part", "VARCHAR", "Path inside the repository: image/DIGEST."),
        C("image_digest", "VARCHAR", "Digest.", "imageDigest"),
        C("image_tag", "VARCHAR", "Tag; NULL for an untagged image."),
        C(
            "image_status",
            "VARCHAR",
            "ACTIVE, ARCHIVED (cannot be pulled) or ACTIVATING.",
            "imageStatus",
        ),
        C(
            "media_type",
            "VARCHAR",
            "Type of the manifest; it tells an index.",
            "imageManifestMediaType",
        ),
        C("pushed_at", "TIMESTAMP", "Time of the push.", "imagePushedAt"),
        C("last_pulled_at", "TIMESTAMP", "Last recorded pull.", "lastRecordedPullTime"),
        C("size_bytes", "BIGINT", "Compressed size.", "imageSizeInBytes"),
        C("scan_status", "VARCHAR", "COMPLETE, FAILED …", "imageScanStatus.status"),
        C(
            "scanned_at",
            "TIMESTAMP",
            "End of the last scan.",
            "imageScanFindingsSummary.imageScanCompletedAt",
        ),
        C(
            "critical_findings",
            "BIGINT",
            "Critical findings.",
            "imageScanFindingsSummary.findingSeverityCounts.CRITICAL",
        ),
        C(
            "high_findings",
            "BIGINT",
            "High findings.",
            "imageScanFindingsSummary.findingSeverityCounts.HIGH",
        ),
    ),
)
PAGE = ("maxResults", 1000)
LIST = Call("ecr", "DescribeRepositories", "repositories", PAGE, key="repositoryName")
GONE = ("RepositoryNotFoundException", "REPOSITORY_NOT_FOUND")  # deleted since it was listed
# Without the filter archived images are left out (ECR, DescribeImagesFilter).
DETAILS = Call(
    "ecr",
    "DescribeImages",
    "imageDetails",
    PAGE,
    key="imageDigest",
    parents={"repositoryName": "repositoryName"},
    fixed={"filter": {"imageStatus": "ANY"}},
    missing=GONE,
    fills=("ecr_images",),
)
POLICY = Call(
    "ecr",
    "GetRepositoryPolicy",
    one="repositoryName",
    absent=("RepositoryPolicyNotFoundException",),
    fills=("resource_policies", "resource_policy_statements"),
)
LIFECYCLE = Call(
    "ecr",
    "GetLifecyclePolicy",
    one="repositoryName",
    absent=("LifecyclePolicyNotFoundException",),
    fills=("ecr_repositories",),
)
SCANNING = Call(
    "ecr",
    "BatchGetRepositoryScanningConfiguration",
    "scanningConfigurations",
    batch=("repositoryNames", 25),
    key="repositoryName",
    missing=GONE,
    fills=("ecr_repositories",),
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List the repositories; read images and policies of those that containers pull from."""
    used = _used(reader)
    found = list(reader.listing(LIST))
    names = sorted(r["repositoryName"] for r in found if r.get("repositoryName") in used)
    arns = {r.get("repositoryName"): str(r.get("repositoryArn")) for r in found}
    scans = {s["repositoryName"]: s.get("scanFrequency") for s in reader.describe(SCANNING, names)}
    lifecycles = {name: _lifecycle(reader, name, arns[name]) for name in names}
    yield from reader.map(LIST, found, lambda r: [_repository(reader, r, used, scans, lifecycles)])
    for name in names:
        yield from _policy(reader, name, arns[name])
        details = reader.listing(DETAILS, repositoryName=name)
        yield from reader.map(
            DETAILS,
            details,
            partial(_images, reader, arns[name]),
            arns[name],
        )


def _used(reader: Reader) -> set[str]:
    account, region, _ = reader.scope
    return {
        row["image_repository"]
        for row in reader.rows("containers")
        if (row["image_ecr_account_id"], row["image_ecr_region"]) == (account, region)
    }


def _repository(
    reader: Reader, item: Item, used: set[str], scans: dict[str, Any], lifecycles: dict[str, Any]
) -> tuple[Table, Row]:
    name = item["repositoryName"]
    has, expires = lifecycles.get(name, (None, None))
    return REPOSITORIES, REPOSITORIES.row(
        reader.scope,
        item,
        in_use=name in used,
        scan_frequency=scans.get(name),
        lifecycle_policy=has,
        lifecycle_expires_untagged=expires,
    )


def _lifecycle(reader: Reader, name: str, arn: str) -> tuple[bool | None, bool | None]:
    answer, refused = reader.attempt(LIFECYCLE, arn, repositoryName=name)
    if refused:
        return None, None
    if answer is None:
        return False, False
    text = str(answer.get("lifecyclePolicyText") or "").replace(" ", "")
    return True, '"tagStatus":"untagged"' in text or '"tagStatus":"any"' in text


def _policy(reader: Reader, name: str, arn: str) -> Iterator[tuple[Table, Row]]:
    answer, refused = reader.attempt(POLICY, arn, repositoryName=name)
    if not refused:
        yield from policy_rows(reader.scope, arn, "ecr", dig(answer or {}, "policyText"))


def _images(reader: Reader, arn: str, item: Item) -> Iterator[tuple[Table, Row]]:
    part = f"image/{segment(item['imageDigest'])}"
    for tag in item.get("imageTags") or [None]:
        yield IMAGES, IMAGES.row(reader.scope, item, repository_arn=arn, part=part, image_tag=tag)


COLLECTOR = Collector(
    (REPOSITORIES, IMAGES, RESOURCE_POLICIES, RESOURCE_POLICY_STATEMENTS),
    (LIST, DETAILS, POLICY, LIFECYCLE, SCANNING),
    collect,
    after=("containers",),
)
