"""Scale-in protection of the tasks that keep a draining instance busy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table

C = Column
PROTECTIONS = Table(
    "task_protections",
    "One row per service's task on a DRAINING instance: whether it is protected from scale-in.",
    (
        C("task_arn", "VARCHAR", "Task.", "taskArn"),
        C("protection_enabled", "BOOLEAN", "It may not be stopped yet.", "protectionEnabled"),
        C("expires_at", "TIMESTAMP", "When the protection ends.", "expirationDate"),
    ),
)
GET = Call(
    "ecs",
    "GetTaskProtection",
    "protectedTasks",
    batch=("tasks", 100),
    key="taskArn",
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Ask for the tasks that draining waits for; only those of services can be protected."""
    draining = {
        row["container_instance_arn"]
        for row in reader.rows("container_instances")
        if row["status"] == "DRAINING"
    }
    tasks: dict[str, set[str]] = defaultdict(set)
    for row in reader.rows("tasks"):
        if row["container_instance_arn"] in draining and row["service_name"]:
            tasks[row["cluster_arn"]].add(row["task_arn"])

    def rows(item: Item) -> list[tuple[Table, Row]]:
        return [(PROTECTIONS, PROTECTIONS.row(reader.scope, item))]

    for cluster, arns in sorted(tasks.items()):
        yield from reader.map(GET, reader.describe(GET, arns, cluster=cluster), rows)


COLLECTOR = Collector((PROTECTIONS,), (GET,), collect, needs=("container_instances", "tasks"))
