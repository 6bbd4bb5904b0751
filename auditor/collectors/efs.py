"""EFS file systems, access points, mount targets and policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.policies import STATEMENT, statement_rows, text_of
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.schema import Column, Item, Row, Scope, Table

C = Column
FILE_SYSTEMS = Table(
    "efs_file_systems",
    "One row per EFS file system of the region.",
    (
        C("file_system_arn", "VARCHAR", "ARN.", "FileSystemArn"),
        C("file_system_id", "VARCHAR", "Id.", "FileSystemId"),
        C("life_cycle_state", "VARCHAR", "available, creating …", "LifeCycleState"),
        C("encrypted", "BOOLEAN", "Encrypted at rest.", "Encrypted"),
        C("kms_key_id", "VARCHAR", "Key ARN.", "KmsKeyId"),
        C("performance_mode", "VARCHAR", "generalPurpose or maxIO.", "PerformanceMode"),
        C("throughput_mode", "VARCHAR", "bursting, provisioned or elastic.", "ThroughputMode"),
        C(
            "availability_zone_name",
            "VARCHAR",
            "Zone of a One Zone file system.",
            "AvailabilityZoneName",
        ),
        C(
            "replication_overwrite_protection",
            "VARCHAR",
            "ENABLED, DISABLED or REPLICATING: a replica that is written by its source.",
            "FileSystemProtection.ReplicationOverwriteProtection",
        ),
        C("has_policy", "BOOLEAN", "A file system policy exists; NULL = not asked or refused."),
        C("backup_status", "VARCHAR", "Automatic backups: ENABLED, DISABLED …; NULL = not asked."),
    ),
)
ACCESS_POINTS = Table(
    "efs_access_points",
    "One row per EFS access point of the region.",
    (
        C("access_point_arn", "VARCHAR", "ARN.", "AccessPointArn"),
        C("access_point_id", "VARCHAR", "Id.", "AccessPointId"),
        C("file_system_id", "VARCHAR", "File system.", "FileSystemId"),
        C("life_cycle_state", "VARCHAR", "available, creating …", "LifeCycleState"),
        C(
            "root_directory_path",
            "VARCHAR",
            "Directory that clients see as the root.",
            "RootDirectory.Path",
        ),
        C("posix_uid", "BIGINT", "User id that is enforced; NULL = the client's.", "PosixUser.Uid"),
        C("posix_gid", "BIGINT", "Group id that is enforced.", "PosixUser.Gid"),
    ),
)
MOUNT_TARGETS = Table(
    "efs_mount_targets",
    "One row per mount target of the file systems that definitions mount.",
    (
        C("mount_target_id", "VARCHAR", "Id.", "MountTargetId"),
        C("file_system_id", "VARCHAR", "File system.", "FileSystemId"),
        C("subnet_id", "VARCHAR", "Subnet.", "SubnetId"),
        C("vpc_id", "VARCHAR", "VPC.", "VpcId"),
        C("availability_zone_name", "VARCHAR", "Zone.", "AvailabilityZoneName"),
        C("life_cycle_state", "VARCHAR", "available, creating …", "LifeCycleState"),
        C("ip_address", "VARCHAR", "Address.", "IpAddress"),
        C("network_interface_id", "VARCHAR", "Network interface.", "NetworkInterfaceId"),
    ),
)
TARGET_GROUPS = Table(
    "efs_mount_target_security_groups",
    "One row per security group of a mount target.",
    (
        C("mount_target_id", "VARCHAR", "Mount target."),
        C("file_system_id", "VARCHAR", "File system."),
        C("security_group_id", "VARCHAR", "Security group."),
    ),
)
POLICIES = Table("efs_policies", "One row per statement of a file system policy.", STATEMENT)
PAGE = ("MaxItems", 100)
SYSTEMS = Call(
    "efs",
    "DescribeFileSystems",
    "FileSystems",
    PAGE,
    ("Marker", "NextMarker"),
    key="FileSystemId",
    action="elasticfilesystem:DescribeFileSystems",
)
POINTS = Call(
    "efs",
    "DescribeAccessPoints",
    "AccessPoints",
    ("MaxResults", 100),
    ("NextToken", "NextToken"),
    key="AccessPointId",
    action="elasticfilesystem:DescribeAccessPoints",
)
TARGETS = Call(
    "efs",
    "DescribeMountTargets",
    "MountTargets",
    PAGE,
    ("Marker", "NextMarker"),
    key="MountTargetId",
    parents={"FileSystemId": "FileSystemId"},
    missing=("FileSystemNotFound",),
    action="elasticfilesystem:DescribeMountTargets",
)
GROUPS = Call(
    "efs",
    "DescribeMountTargetSecurityGroups",
    one="MountTargetId",
    missing=("MountTargetNotFound",),
    fills=("efs_mount_target_security_groups",),
    action="elasticfilesystem:DescribeMountTargetSecurityGroups",
)
POLICY = Call(
    "efs",
    "DescribeFileSystemPolicy",
    one="FileSystemId",
    absent=("PolicyNotFound",),
    fills=("efs_file_systems", "efs_policies"),
    action="elasticfilesystem:DescribeFileSystemPolicy",
)
BACKUP = Call(
    "efs",
    "DescribeBackupPolicy",
    one="FileSystemId",
    absent=("PolicyNotFound",),
    fills=("efs_file_systems",),
    action="elasticfilesystem:DescribeBackupPolicy",
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List file systems and access points; read the rest for those that definitions mount."""
    mounted = reader.column("volumes", "efs_file_system_id")
    systems = list(reader.listing(SYSTEMS))
    used = [s for s in systems if s.get("FileSystemId") in mounted]
    wanted = [(s["FileSystemArn"], {"FileSystemId": s["FileSystemId"]}) for s in used]
    policies = _answers(reader, POLICY, wanted)
    backups = _answers(reader, BACKUP, wanted)
    yield from reader.map(
        SYSTEMS,
        systems,
        lambda s: _system(reader, s, policies, backups),
        lambda s: s.get("FileSystemArn"),
    )
    yield from reader.map(
        POINTS,
        reader.listing(POINTS),
        lambda p: [(ACCESS_POINTS, ACCESS_POINTS.row(reader.scope, p))],
        lambda p: p.get("AccessPointArn"),
    )
    for system in used:
        yield from _targets(reader, system["FileSystemId"])


def _answers(reader: Reader, call: Call, wanted: list[Any]) -> dict[str, Item | None]:
    """Return the answers by ARN; None = has none, no key = refused."""
    found: dict[str, Item | None] = {}
    for arn, params in wanted:
        answer, refused = reader.attempt(call, arn, **params)
        if not refused:
            found[arn] = answer
    return found


def _system(
    reader: Reader, system: Item, policies: dict[str, Any], backups: dict[str, Any]
) -> Iterator[tuple[Table, Row]]:
    scope: Scope = reader.scope
    arn = system["FileSystemArn"]
    has_policy = policies[arn] is not None if arn in policies else None
    backup = (backups.get(arn) or {}).get("BackupPolicy", {}).get("Status")
    if arn in backups and backup is None:
        backup = "DISABLED"
    yield FILE_SYSTEMS, FILE_SYSTEMS.row(scope, system, has_policy=has_policy, backup_status=backup)
    if policies.get(arn):
        yield from statement_rows(POLICIES, scope, arn, text_of(policies[arn].get("Policy")))
    yield from tag_rows(scope, arn, "file-system", system.get("Tags"), reader.masker)


def _targets(reader: Reader, system: str) -> Iterator[tuple[Table, Row]]:
    targets = list(reader.listing(TARGETS, FileSystemId=system))
    yield from reader.map(
        TARGETS, targets, lambda t: [(MOUNT_TARGETS, MOUNT_TARGETS.row(reader.scope, t))]
    )
    for target in targets:
        name = target["MountTargetId"]
        answer = reader.get(GROUPS, None, MountTargetId=name) or {}
        for group in answer.get("SecurityGroups") or ():
            yield (
                TARGET_GROUPS,
                TARGET_GROUPS.row(
                    reader.scope,
                    {},
                    mount_target_id=name,
                    file_system_id=system,
                    security_group_id=group,
                ),
            )


COLLECTOR = Collector(
    (FILE_SYSTEMS, ACCESS_POINTS, MOUNT_TARGETS, TARGET_GROUPS, POLICIES, TAGS),
    (SYSTEMS, POINTS, TARGETS, GROUPS, POLICY, BACKUP),
    collect,
    after=("volumes",),
)
