"""ECS clusters with all that ``include`` offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.schema import Column, Item, Row, Scope, Table, items

C = Column
EXEC = "configuration.executeCommandConfiguration"
LOGS = f"{EXEC}.logConfiguration"


def _setting(name: str) -> Any:
    return lambda item: next(
        (s.get("value") for s in items(item.get("settings")) if s.get("name") == name), None
    )


CLUSTERS = Table(
    "clusters",
    "One row per ECS cluster.",
    (
        C("cluster_arn", "VARCHAR", "ARN.", "clusterArn"),
        C("cluster_name", "VARCHAR", "Name.", "clusterName"),
        C("status", "VARCHAR", "ACTIVE, PROVISIONING, FAILED …", "status"),
        C(
            "container_insights",
            "VARCHAR",
            "disabled, enabled or enhanced; NULL = not said.",
            _setting("containerInsights"),
        ),
        C(
            "execute_command_logging",
            "VARCHAR",
            "NONE, DEFAULT or OVERRIDE; NULL = DEFAULT.",
            f"{EXEC}.logging",
        ),
        C("execute_command_kms_key_id", "VARCHAR", "Key of Exec sessions.", f"{EXEC}.kmsKeyId"),
        C(
            "exec_log_group",
            "VARCHAR",
            "Log group of Exec sessions.",
            f"{LOGS}.cloudWatchLogGroupName",
        ),
        C(
            "exec_log_group_encrypted",
            "BOOLEAN",
            "Sessions need an encrypted group.",
            f"{LOGS}.cloudWatchEncryptionEnabled",
        ),
        C("exec_s3_bucket", "VARCHAR", "Bucket of Exec sessions.", f"{LOGS}.s3BucketName"),
        C(
            "exec_s3_encrypted",
            "BOOLEAN",
            "Sessions need an encrypted bucket.",
            f"{LOGS}.s3EncryptionEnabled",
        ),
        C(
            "managed_storage_kms_key_id",
            "VARCHAR",
            "Key of managed storage.",
            "configuration.managedStorageConfiguration.kmsKeyId",
        ),
        C(
            "fargate_storage_kms_key_id",
            "VARCHAR",
            "Key of Fargate ephemeral storage.",
            "configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId",
        ),
        C(
            "service_connect_namespace",
            "VARCHAR",
            "Default namespace.",
            "serviceConnectDefaults.namespace",
        ),
        C("active_services_count", "BIGINT", "Active services.", "activeServicesCount"),
        C("running_tasks_count", "BIGINT", "Running tasks.", "runningTasksCount"),
        C("pending_tasks_count", "BIGINT", "Pending tasks.", "pendingTasksCount"),
        C(
            "container_instances_count",
            "BIGINT",
            "Registered instances.",
            "registeredContainerInstancesCount",
        ),
        C(
            "attachments_status",
            "VARCHAR",
            "State of capacity provider attachments.",
            "attachmentsStatus",
        ),
    ),
)
STRATEGY = Table(
    "cluster_capacity_providers",
    "One row per capacity provider that a cluster may use, and its place in the default strategy.",
    (
        C("cluster_arn", "VARCHAR", "Cluster."),
        C("capacity_provider", "VARCHAR", "Capacity provider name."),
        C("in_default_strategy", "BOOLEAN", "Part of the default strategy."),
        C("base", "BIGINT", "Tasks placed on it first.", "base"),
        C("weight", "BIGINT", "Share of the rest.", "weight"),
    ),
)
LIST = Call("ecs", "ListClusters", "clusterArns", ("maxResults", 100))
DESCRIBE = Call(
    "ecs",
    "DescribeClusters",
    "clusters",
    batch=("clusters", 100),
    key="clusterArn",
    fixed={"include": ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]},
)


def rows(scope: Scope, cluster: Item, masker: Any) -> Iterator[tuple[Table, Row]]:
    """Map one cluster."""
    arn = cluster["clusterArn"]
    yield CLUSTERS, CLUSTERS.row(scope, cluster)
    default = {
        s.get("capacityProvider"): s for s in items(cluster.get("defaultCapacityProviderStrategy"))
    }
    for name in cluster.get("capacityProviders") or ():
        yield (
            STRATEGY,
            STRATEGY.row(
                scope,
                default.get(name, {}),
                cluster_arn=arn,
                capacity_provider=name,
                in_default_strategy=name in default,
            ),
        )
    yield from tag_rows(scope, arn, "cluster", cluster.get("tags"), masker)


def excluded(reader: Reader, tags: Any) -> bool:
    """Say whether a resource bears a tag that the configuration leaves out."""
    found = {t.get("key"): t.get("value") for t in items(tags)}
    return any(found.get(k) == v for k, v in reader.options.exclude_tags.items())


def _wanted(reader: Reader, tags: Any) -> bool:
    found = {t.get("key"): t.get("value") for t in items(tags)}
    asked = all(found.get(k) == v for k, v in reader.options.tags.items())
    return asked and not excluded(reader, tags)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List and describe the clusters in scope."""
    wanted = set(reader.options.clusters)
    arns = [
        arn
        for arn in map(str, reader.listing(LIST))
        if not wanted or arn in wanted or arn.rsplit("/", 1)[-1] in wanted
    ]
    found = (c for c in reader.describe(DESCRIBE, arns) if _wanted(reader, c.get("tags")))
    yield from reader.map(DESCRIBE, found, lambda c: rows(reader.scope, c, reader.masker))


COLLECTOR = Collector((CLUSTERS, STRATEGY, TAGS), (LIST, DESCRIBE), collect)
