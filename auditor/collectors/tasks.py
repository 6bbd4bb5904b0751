"""Running and lately stopped tasks, their containers, attachments and overrides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.collectors.values import VALUE_COLUMNS, value_columns
from auditor.schema import Column, Item, Row, Scope, Table, distinct_parts, items, segment

C = Column
# Clusters that AWS Batch makes: AWSBatch-NAME-UUID, and NAME_Batch_UUID of older environments.
BATCH_CLUSTER = re.compile(r":cluster/(AWSBatch-|.+_Batch_[0-9a-f]{8}-[0-9a-f]{4}-)")


def _detail(name: str) -> Any:
    return lambda item: next(
        (d.get("value") for d in items(item.get("details")) if d.get("name") == name), None
    )


TASKS = Table(
    "tasks",
    "One row per task, running or stopped within about the last hour.",
    (
        C("task_arn", "VARCHAR", "ARN.", "taskArn"),
        C("cluster_arn", "VARCHAR", "Cluster.", "clusterArn"),
        C(
            "service_name",
            "VARCHAR",
            "Service that started it, NULL for standalone tasks.",
            lambda i: (
                str(i.get("group") or "").removeprefix("service:")
                if str(i.get("group") or "").startswith("service:")
                else None
            ),
        ),
        C("task_group", "VARCHAR", "Group as written.", "group"),
        C(
            "is_batch_job",
            "BOOLEAN",
            "AWS Batch runs it, by the name of its cluster.",
            lambda i: bool(BATCH_CLUSTER.search(str(i.get("clusterArn")))),
        ),
        C("task_definition_arn", "VARCHAR", "Revision.", "taskDefinitionArn"),
        C("container_instance_arn", "VARCHAR", "Host, NULL on Fargate.", "containerInstanceArn"),
        C("launch_type", "VARCHAR", "Launch type.", "launchType"),
        C("capacity_provider", "VARCHAR", "Capacity provider.", "capacityProviderName"),
        C("platform_version", "VARCHAR", "Fargate platform version.", "platformVersion"),
        C("platform_family", "VARCHAR", "Platform family.", "platformFamily"),
        C("last_status", "VARCHAR", "RUNNING, STOPPED …", "lastStatus"),
        C("desired_status", "VARCHAR", "RUNNING or STOPPED.", "desiredStatus"),
        C("health_status", "VARCHAR", "HEALTHY, UNHEALTHY or UNKNOWN.", "healthStatus"),
        C("availability_zone", "VARCHAR", "Zone.", "availabilityZone"),
        C("cpu_text", "VARCHAR", "CPU units as text.", "cpu"),
        C(
            "cpu_architecture",
            "VARCHAR",
            "x86_64 or arm64.",
            lambda i: next(
                (
                    a.get("value")
                    for a in items(i.get("attributes"))
                    if a.get("name") == "ecs.cpu-architecture"
                ),
                None,
            ),
        ),
        C("enable_execute_command", "BOOLEAN", "ECS Exec.", "enableExecuteCommand"),
        C(
            "override_task_role_arn",
            "VARCHAR",
            "Role that replaces the definition's.",
            "overrides.taskRoleArn",
        ),
        C(
            "override_execution_role_arn",
            "VARCHAR",
            "Role that replaces the definition's.",
            "overrides.executionRoleArn",
        ),
        C("started_by", "VARCHAR", "Who started it.", "startedBy"),
        C("started_at", "TIMESTAMP", "Time of the start.", "startedAt"),
        C("stopped_at", "TIMESTAMP", "Time of the stop.", "stoppedAt"),
        C("stop_code", "VARCHAR", "Why it stopped, as a code.", "stopCode"),
        C("stopped_reason", "VARCHAR", "Why it stopped.", "stoppedReason"),
    ),
)
CONTAINERS = Table(
    "task_containers",
    "One row per container of a task.",
    (
        C("task_arn", "VARCHAR", "Task."),
        C("task_definition_arn", "VARCHAR", "Revision."),
        C("container_name", "VARCHAR", "Name.", "name"),
        C("image", "VARCHAR", "Image as written.", "image"),
        C("image_digest", "VARCHAR", "Digest that runs.", "imageDigest"),
        C("last_status", "VARCHAR", "RUNNING, STOPPED …", "lastStatus"),
        C("health_status", "VARCHAR", "Health.", "healthStatus"),
        C("exit_code", "BIGINT", "Exit code.", "exitCode"),
        C("reason", "VARCHAR", "Why it stopped.", "reason"),
        C(
            "exec_agent_status",
            "VARCHAR",
            "State of the agent of ECS Exec: PENDING, RUNNING or STOPPED; NULL = it has none.",
            lambda i: next(
                (
                    a.get("lastStatus")
                    for a in items(i.get("managedAgents"))
                    if a.get("name") == "ExecuteCommandAgent"
                ),
                None,
            ),
        ),
    ),
)
ATTACHMENTS = Table(
    "task_attachments",
    "One row per attachment of a task.",
    (
        C("task_arn", "VARCHAR", "Task."),
        C("cluster_arn", "VARCHAR", "Cluster."),
        C("container_instance_arn", "VARCHAR", "Host."),
        C("type", "VARCHAR", "ElasticNetworkInterface, AmazonElasticBlockStorage …", "type"),
        C("status", "VARCHAR", "ATTACHED, DELETED …", "status"),
        C("network_interface_id", "VARCHAR", "Network interface.", _detail("networkInterfaceId")),
        C("subnet_id", "VARCHAR", "Subnet.", _detail("subnetId")),
        C("volume_id", "VARCHAR", "EBS volume.", _detail("volumeId")),
    ),
)
OVERRIDES = Table(
    "task_overrides",
    "One row per environment variable or command word that a task overrides; classified.",
    (
        C("task_arn", "VARCHAR", "Task."),
        C("task_definition_arn", "VARCHAR", "Revision."),
        C("cluster_arn", "VARCHAR", "Cluster."),
        C("container_name", "VARCHAR", "Container."),
        C("part", "VARCHAR", "Path inside the task."),
        C("place", "VARCHAR", "environment or command."),
        C("name", "VARCHAR", "Variable name; NULL for a command word."),
        *VALUE_COLUMNS,
    ),
)
LIST = Call("ecs", "ListTasks", "taskArns", ("maxResults", 100), parents={"cluster": "clusterArn"})
DESCRIBE = Call(
    "ecs",
    "DescribeTasks",
    "tasks",
    batch=("tasks", 100),
    key="taskArn",
    parents={"cluster": "clusterArn"},
    fixed={"include": ["TAGS"]},
)


def rows(scope: Scope, task: Item, masker: Any) -> Iterator[tuple[Table, Row]]:
    """Explode one task."""
    owner = {"task_arn": task["taskArn"]}
    revision = {"task_definition_arn": task.get("taskDefinitionArn")}
    cluster = {"cluster_arn": task.get("clusterArn")}
    yield TASKS, TASKS.row(scope, task)
    for item in items(task.get("containers")):
        yield CONTAINERS, CONTAINERS.row(scope, item, **owner, **revision)
    for item in items(task.get("attachments")):
        host = task.get("containerInstanceArn")
        yield (
            ATTACHMENTS,
            ATTACHMENTS.row(scope, item, **owner, **cluster, container_instance_arn=host),
        )
    overrides = items((task.get("overrides") or {}).get("containerOverrides"))
    given = {**owner, **revision, **cluster}
    yield from distinct_parts(
        pair for item in overrides for pair in _override(scope, item, given, masker)
    )
    yield from tag_rows(scope, task["taskArn"], "task", task.get("tags"), masker)


def _override(
    scope: Scope, item: Item, owner: dict[str, Any], masker: Any
) -> Iterator[tuple[Table, Row]]:
    name = str(item.get("name"))
    part = f"container/{segment(name)}"
    given = {**owner, "container_name": name}
    for variable in items(item.get("environment")):
        key = str(variable.get("name"))
        found = masker.value(key, variable.get("value", ""), "overrides")
        yield (
            OVERRIDES,
            OVERRIDES.row(
                scope,
                {},
                **given,
                part=f"{part}/environment/{segment(key)}",
                place="environment",
                name=key,
                **value_columns(found),
            ),
        )
    for index, found in masker.command(item.get("command") or [], "command"):
        yield (
            OVERRIDES,
            OVERRIDES.row(
                scope,
                {},
                **given,
                part=f"{part}/command/{index}",
                place="command",
                **value_columns(found),
            ),
        )


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List and describe the tasks of each cluster."""
    for cluster in sorted(reader.column("clusters", "cluster_arn")):
        arns = {
            str(arn)
            for status in ("RUNNING", "STOPPED")
            for arn in reader.listing(LIST, cluster=cluster, desiredStatus=status)
        }
        found = reader.describe(DESCRIBE, arns, cluster=cluster)
        yield from reader.map(DESCRIBE, found, lambda t: rows(reader.scope, t, reader.masker))


COLLECTOR = Collector(
    (TASKS, CONTAINERS, ATTACHMENTS, OVERRIDES, TAGS),
    (LIST, DESCRIBE),
    collect,
    needs=("clusters",),
)
