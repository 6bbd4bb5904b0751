"""KMS keys that secrets, parameters, log groups, repositories and clusters refer to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from auditor.collectors.base import Call, Collector
from auditor.collectors.policies import (
    RESOURCE_POLICIES,
    RESOURCE_POLICY_STATEMENTS,
    policy_rows,
)
from auditor.collectors.reader import Reader
from auditor.collectors.references import split_arn
from auditor.schema import Column, Item, Row, Table, dig

C = Column
KEYS = Table(
    "kms_keys",
    "One row per reference to a key: the same key may be named by id, alias and ARN.",
    (
        C("reference", "VARCHAR", "Key as some resource names it."),
        C("key_arn", "VARCHAR", "ARN of the key.", "Arn"),
        C("key_id", "VARCHAR", "Id of the key.", "KeyId"),
        C("key_manager", "VARCHAR", "AWS or CUSTOMER.", "KeyManager"),
        C("key_state", "VARCHAR", "Enabled, Disabled, PendingDeletion …", "KeyState"),
        C("origin", "VARCHAR", "AWS_KMS, EXTERNAL …", "Origin"),
        C("multi_region", "BOOLEAN", "A multi-Region key.", "MultiRegion"),
        C("deletion_at", "TIMESTAMP", "Planned deletion.", "DeletionDate"),
    ),
)
DESCRIBE = Call("kms", "DescribeKey", one="KeyId", key="KeyId", absent=("NotFoundException",))
POLICY = Call(
    "kms",
    "GetKeyPolicy",
    one="KeyId",
    key="KeyId",
    fixed={"PolicyName": "default"},
    fills=("resource_policies", "resource_policy_statements"),
)
NAMED_BY = (
    ("secrets", "kms_key_id"),
    ("ssm_parameters", "kms_key_id"),
    ("log_groups", "kms_key_id"),
    ("ecr_repositories", "kms_key_id"),
    ("efs_file_systems", "kms_key_id"),
    ("clusters", "execute_command_kms_key_id"),
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe each referenced key of this region; ask customer keys for their policy."""
    named = {key for table, column in NAMED_BY for key in reader.column(table, column)}
    here = sorted(key for key in named if _is_here(key, reader))
    wanted = [(_resource(key, reader), {"KeyId": key}) for key in here]
    references = dict(zip((resource for resource, _ in wanted), here, strict=True))
    own: dict[str, str] = {}
    for resource, answer in reader.get_each(DESCRIBE, wanted):
        metadata = answer.get("KeyMetadata")
        if not metadata:
            continue
        yield from reader.map(DESCRIBE, [metadata], partial(_rows, reader, references[resource]))
        if metadata.get("KeyManager") == "CUSTOMER":
            own[metadata["Arn"]] = metadata["KeyId"]
    keys = [(arn, {"KeyId": key}) for arn, key in sorted(own.items())]
    for arn, answer in reader.get_each(POLICY, keys):
        yield from policy_rows(reader.scope, arn, "kms", dig(answer, "Policy"))


def _rows(reader: Reader, reference: str, metadata: Item) -> list[tuple[Table, Row]]:
    return [(KEYS, KEYS.row(reader.scope, metadata, reference=reference))]


def _is_here(key: str, reader: Reader) -> bool:
    arn = split_arn(key)
    account, region, _ = reader.scope
    return arn is None or (arn.account, arn.region) == (account, region)


def _resource(key: str, reader: Reader) -> str:
    if split_arn(key):
        return key
    name = key if key.startswith("alias/") else f"key/{key}"
    account, region, partition = reader.scope
    return f"arn:{partition}:kms:{region}:{account}:{name}"


COLLECTOR = Collector(
    (KEYS, RESOURCE_POLICIES, RESOURCE_POLICY_STATEMENTS),
    (DESCRIBE, POLICY),
    collect,
    after=tuple(table for table, _ in NAMED_BY),
)
