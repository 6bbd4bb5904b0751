"""Daemons of Managed Instances."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table, dig, items

C = Column
DAEMONS = Table(
    "daemons",
    "One row per daemon and revision that it runs.",
    (
        C("daemon_arn", "VARCHAR", "ARN.", "daemonArn"),
        C("cluster_arn", "VARCHAR", "Cluster.", "clusterArn"),
        C("status", "VARCHAR", "ACTIVE or DELETE_IN_PROGRESS.", "status"),
        C("daemon_revision_arn", "VARCHAR", "Daemon revision."),
        C("daemon_task_definition_arn", "VARCHAR", "Daemon task definition."),
        C("enable_execute_command", "BOOLEAN", "ECS Exec."),
        C("critical", "BOOLEAN", "Its failure drains the instance."),
        C("running_count", "BIGINT", "Daemon tasks running."),
        C("without_daemon_count", "BIGINT", "Instances that run without the daemon."),
    ),
)
LIST = Call("ecs", "ListDaemons", "daemonSummariesList", ("maxResults", 100), key="daemonArn")
DESCRIBE = Call("ecs", "DescribeDaemon", one="daemonArn", key="daemonArn")
REVISIONS = Call(
    "ecs",
    "DescribeDaemonRevisions",
    "daemonRevisions",
    batch=("daemonRevisionArns", 20),
    key="daemonRevisionArn",
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Read daemons with their current revisions."""
    arns = [str(d.get("daemonArn")) for d in reader.listing(LIST)]
    daemons = dict(reader.get_each(DESCRIBE, [(arn, {"daemonArn": arn}) for arn in arns]))
    current = {
        str(revision.get("arn")): arn
        for arn, answer in daemons.items()
        for revision in items(dig(answer, "daemon.currentRevisions"))
    }
    revisions = {r.get("daemonRevisionArn"): r for r in reader.describe(REVISIONS, current)}
    for arn, answer in daemons.items():
        yield from reader.map(
            DESCRIBE,
            [answer.get("daemon") or {}],
            lambda d: _daemon(reader, d, revisions),
            arn,
        )


def _daemon(
    reader: Reader, daemon: Item, revisions: dict[object, Item]
) -> Iterator[tuple[Table, Row]]:
    for current in list(items(daemon.get("currentRevisions"))) or [{}]:
        revision = revisions.get(current.get("arn"), {})
        yield (
            DAEMONS,
            DAEMONS.row(
                reader.scope,
                daemon,
                daemon_revision_arn=current.get("arn"),
                daemon_task_definition_arn=revision.get("daemonTaskDefinitionArn"),
                enable_execute_command=revision.get("enableExecuteCommand"),
                critical=revision.get("critical"),
                running_count=current.get("totalRunningCount"),
                without_daemon_count=current.get("totalWithoutDaemonCount"),
            ),
        )


COLLECTOR = Collector(
    (DAEMONS,),
    (LIST, DESCRIBE, REVISIONS),
    collect,
    needs=("clusters",),
)
