"""Volumes of a revision and what is written into their options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.collectors.values import VALUE_COLUMNS, value_columns
from auditor.schema import Column, Item, MappingError, Row, Scope, Table, dig, items, segment

if TYPE_CHECKING:
    from auditor.secrets.masking import Masker

C = Column
KINDS = {
    "efsVolumeConfiguration": "efs",
    "dockerVolumeConfiguration": "docker",
    "fsxWindowsFileServerVolumeConfiguration": "fsx-windows",
    "s3filesVolumeConfiguration": "s3-files",
    "logDriverVolumeConfiguration": "log-driver",
    "host": "host",
}
EFS, DOCKER = "efsVolumeConfiguration", "dockerVolumeConfiguration"
FSX, S3FILES = "fsxWindowsFileServerVolumeConfiguration", "s3filesVolumeConfiguration"


def kind(item: Item) -> str:
    """Return what a volume is; a host volume with a source path is a bind mount."""
    for member, name in KINDS.items():
        if item.get(member):
            return "bind" if name == "host" and dig(item, "host.sourcePath") else name
    return "configured-at-launch" if item.get("configuredAtLaunch") else "empty"


VOLUMES = Table(
    "volumes",
    "One row per volume of a task definition revision.",
    (
        C("task_definition_arn", "VARCHAR", "Revision the volume belongs to."),
        C("volume_name", "VARCHAR", "Name, unique within the revision.", "name"),
        C("part", "VARCHAR", "Path inside the revision: volume/NAME."),
        C(
            "kind",
            "VARCHAR",
            "bind, host, efs, docker, fsx-windows, s3-files, "
            "configured-at-launch, log-driver or empty.",
            kind,
        ),
        C("host_source_path", "VARCHAR", "Path on the host of a bind mount.", "host.sourcePath"),
        C("efs_file_system_id", "VARCHAR", "EFS file system.", f"{EFS}.fileSystemId"),
        C(
            "efs_root_directory",
            "VARCHAR",
            "Directory mounted as the root.",
            f"{EFS}.rootDirectory",
        ),
        C(
            "efs_transit_encryption",
            "VARCHAR",
            "ENABLED or DISABLED; absent means DISABLED.",
            f"{EFS}.transitEncryption",
        ),
        C(
            "efs_access_point_id",
            "VARCHAR",
            "EFS access point.",
            f"{EFS}.authorizationConfig.accessPointId",
        ),
        C(
            "efs_iam",
            "VARCHAR",
            "ENABLED or DISABLED; absent means DISABLED.",
            f"{EFS}.authorizationConfig.iam",
        ),
        C("docker_scope", "VARCHAR", "task or shared.", f"{DOCKER}.scope"),
        C(
            "docker_autoprovision",
            "BOOLEAN",
            "Created where it does not exist.",
            f"{DOCKER}.autoprovision",
        ),
        C("docker_driver", "VARCHAR", "Docker volume driver.", f"{DOCKER}.driver"),
        C("fsx_file_system_id", "VARCHAR", "FSx for Windows file system.", f"{FSX}.fileSystemId"),
        C(
            "fsx_credentials_parameter",
            "VARCHAR",
            "Secret or parameter with the credentials.",
            f"{FSX}.authorizationConfig.credentialsParameter",
        ),
        C("fsx_domain", "VARCHAR", "Active Directory domain.", f"{FSX}.authorizationConfig.domain"),
        C(
            "s3files_file_system_arn",
            "VARCHAR",
            "S3 Files file system.",
            f"{S3FILES}.fileSystemArn",
        ),
        C(
            "s3files_root_directory",
            "VARCHAR",
            "Directory mounted as the root.",
            f"{S3FILES}.rootDirectory",
        ),
        C(
            "s3files_access_point_arn",
            "VARCHAR",
            "S3 Files access point.",
            f"{S3FILES}.accessPointArn",
        ),
        C(
            "configured_at_launch",
            "BOOLEAN",
            "Configured by the service or task that runs it.",
            "configuredAtLaunch",
        ),
    ),
    "revision",
    "task_definition_arn",
)
VOLUME_OPTIONS = Table(
    "volume_options",
    "One row per driver option or label of a Docker volume and per proxy property; classified.",
    (
        C("task_definition_arn", "VARCHAR", "Revision the option belongs to."),
        C("volume_name", "VARCHAR", "Volume; NULL for the proxy."),
        C("part", "VARCHAR", "Path inside the revision: volume/NAME or proxy, then option/KEY."),
        C("place", "VARCHAR", "driverOpts, labels or proxyProperties."),
        C("name", "VARCHAR", "Option name."),
        *VALUE_COLUMNS,
    ),
    "revision",
    "task_definition_arn",
)


def volume_rows(
    scope: Scope, arn: str, definition: Item, masker: Masker
) -> Iterator[tuple[Table, Row]]:
    """Yield the rows of all volumes of a revision, and of its proxy's properties."""
    seen: set[str] = set()
    for volume in items(definition.get("volumes")):
        name = volume.get("name")
        if not isinstance(name, str) or name in seen:
            raise MappingError("a volume has no name of its own")
        seen.add(name)
        part = f"volume/{segment(name)}"
        yield VOLUMES, VOLUMES.row(scope, volume, task_definition_arn=arn, part=part)
        for place in ("driverOpts", "labels"):
            options = dig(volume, f"{DOCKER}.{place}") or {}
            if not isinstance(options, dict):
                raise MappingError(f"{place} is not an object")
            for key, value in sorted(options.items()):
                yield _option(scope, arn, masker, name, part, place, key, value)
    for pair in items(dig(definition, "proxyConfiguration.properties")):
        key = pair.get("name")
        yield _option(
            scope, arn, masker, None, "proxy", "proxyProperties", key, pair.get("value", "")
        )


def _option(
    scope: Scope,
    arn: str,
    masker: Masker,
    volume: str | None,
    part: str,
    place: str,
    key: object,
    value: object,
) -> tuple[Table, Row]:
    if not isinstance(key, str):
        raise MappingError(f"an option of {place} has no name")
    # Volume options are mount options: classified as the log driver's options are.
    classified = masker.value(key, value, "logOptions")
    return VOLUME_OPTIONS, VOLUME_OPTIONS.row(
        scope,
        {},
        task_definition_arn=arn,
        volume_name=volume,
        part=f"{part}/option/{segment(key)}",
        place=place,
        name=key,
        **value_columns(classified),
    )
