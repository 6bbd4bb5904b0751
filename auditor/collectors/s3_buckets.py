"""Buckets of environment files: location, exposure, policy, and whether the objects exist."""

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
from auditor.schema import Column, Row, Table, dig

C = Column
BUCKETS = Table(
    "s3_buckets",
    "One row per bucket that an environment file lies in.",
    (
        C("bucket", "VARCHAR", "Name."),
        C("bucket_arn", "VARCHAR", "ARN."),
        C("bucket_region", "VARCHAR", "Region; NULL = refused."),
        C("policy_is_public", "BOOLEAN", "AWS finds the bucket policy public; NULL = refused."),
        C("restrict_public_buckets", "BOOLEAN", "The bucket's own block of public policies."),
        C("account_restricts_public", "BOOLEAN", "The account's block of public policies."),
    ),
)
OBJECTS = Table(
    "s3_environment_files",
    "One row per environment file that definitions name.",
    (
        C("object_arn", "VARCHAR", "ARN of the object as written."),
        C("bucket", "VARCHAR", "Bucket."),
        C("object_key", "VARCHAR", "Key."),
        C("object_exists", "BOOLEAN", "The bucket lists it; NULL = refused."),
    ),
)
LOCATION = Call("s3", "GetBucketLocation", one="Bucket")
STATUS = Call("s3", "GetBucketPolicyStatus", one="Bucket", absent=("NoSuchBucketPolicy",))
BLOCK = Call(
    "s3",
    "GetPublicAccessBlock",
    one="Bucket",
    absent=("NoSuchPublicAccessBlockConfiguration",),
    action="s3:GetBucketPublicAccessBlock",
)
POLICY = Call(
    "s3",
    "GetBucketPolicy",
    one="Bucket",
    absent=("NoSuchBucketPolicy",),
    fills=("resource_policies", "resource_policy_statements"),
)
LIST = Call(
    "s3",
    "ListObjects",
    one="Bucket",
    fills=("s3_environment_files",),
    action="s3:ListBucket",
)
ACCOUNT_BLOCK = Call(
    "s3control",
    "GetPublicAccessBlock",
    one="AccountId",
    absent=("NoSuchPublicAccessBlockConfiguration",),
    action="s3:GetAccountPublicAccessBlock",
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Read each bucket and each object that environment files name."""
    named = {row["object_arn"]: row["bucket"] for row in reader.rows("container_environment_files")}
    if not named:
        return
    account = reader.scope.account_id
    root = f"arn:{reader.scope.partition}:iam::{account}:root"
    block, refused = reader.attempt(ACCOUNT_BLOCK, root, AccountId=account)
    restricted = None if refused else _restricts(block)
    for bucket in sorted(name for name in set(named.values()) if name):
        yield from _bucket(reader, bucket, restricted)
    for arn, bucket in sorted(named.items(), key=str):
        if arn and bucket:
            yield _object(reader, arn, bucket)


def _bucket(reader: Reader, bucket: str, account: bool | None) -> Iterator[tuple[Table, Row]]:
    arn = f"arn:{reader.scope.partition}:s3:::{bucket}"
    location, unread = reader.attempt(LOCATION, arn, Bucket=bucket)
    status, no_status = reader.attempt(STATUS, arn, Bucket=bucket)
    block, no_block = reader.attempt(BLOCK, arn, Bucket=bucket)
    policy, no_policy = reader.attempt(POLICY, arn, Bucket=bucket)
    public = bool(dig(status or {}, "PolicyStatus.IsPublic"))
    yield (
        BUCKETS,
        BUCKETS.row(
            reader.scope,
            {},
            bucket=bucket,
            bucket_arn=arn,
            # S3 answers no constraint for its first region.
            bucket_region=None
            if unread
            else (location or {}).get("LocationConstraint") or "us-east-1",
            policy_is_public=None if no_status else public,
            restrict_public_buckets=None if no_block else _restricts(block),
            account_restricts_public=account,
        ),
    )
    if not no_policy:
        yield from policy_rows(reader.scope, arn, "s3", dig(policy or {}, "Policy"))


def _object(reader: Reader, arn: str, bucket: str) -> tuple[Table, Row]:
    key = arn.partition(f":::{bucket}/")[2]
    answer, refused = reader.attempt(LIST, arn, Bucket=bucket, Prefix=key, MaxKeys=1)
    keys = [found.get("Key") for found in (answer or {}).get("Contents") or ()]
    return OBJECTS, OBJECTS.row(
        reader.scope,
        {},
        object_arn=arn,
        bucket=bucket,
        object_key=key,
        object_exists=None if refused else key in keys,
    )


def _restricts(block: Any) -> bool:
    return dig(block or {}, "PublicAccessBlockConfiguration.RestrictPublicBuckets") is True


COLLECTOR = Collector(
    (BUCKETS, OBJECTS, RESOURCE_POLICIES, RESOURCE_POLICY_STATEMENTS),
    (LOCATION, STATUS, BLOCK, POLICY, LIST, ACCOUNT_BLOCK),
    collect,
    after=("container_environment_files",),
)
