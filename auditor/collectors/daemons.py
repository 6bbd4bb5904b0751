"""Daemons of Managed Instances and Express services."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

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
    ),
)
EXPRESS = Table(
    "express_services",
    "One row per active configuration of an Express service.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("cluster_arn", "VARCHAR", "Cluster."),
        C("status_code", "VARCHAR", "ACTIVE, DRAINING or INACTIVE."),
        C("infrastructure_role_arn", "VARCHAR", "Role that builds its resources."),
        C("task_definition_arn", "VARCHAR", "Revision it runs.", "taskDefinitionArn"),
        C("task_role_arn", "VARCHAR", "Task role.", "taskRoleArn"),
        C("execution_role_arn", "VARCHAR", "Execution role.", "executionRoleArn"),
        C(
            "is_public",
            "BOOLEAN",
            "Some ingress path is public.",
            lambda i: any(p.get("accessType") == "PUBLIC" for p in items(i.get("ingressPaths"))),
        ),
        C("health_check_path", "VARCHAR", "Path of the health check.", "healthCheckPath"),
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
DESCRIBE_EXPRESS = Call("ecs", "DescribeExpressGatewayService", one="serviceArn", key="serviceArn")


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Read daemons with their current revisions, and the Express services."""
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
    yield from _express(reader)


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
            ),
        )


def _express(reader: Reader) -> Iterator[tuple[Table, Row]]:
    named = [
        row["service_arn"]
        for row in reader.rows("services")
        if row["resource_management_type"] == "ECS"
    ]
    answers = reader.get_each(DESCRIBE_EXPRESS, [(arn, {"serviceArn": arn}) for arn in named])
    for arn, answer in answers:
        service = answer.get("service") or {}
        given = {
            "service_arn": arn,
            "cluster_arn": service.get("cluster"),
            "status_code": dig(service, "status.statusCode"),
            "infrastructure_role_arn": service.get("infrastructureRoleArn"),
        }
        yield from reader.map(
            DESCRIBE_EXPRESS,
            items(service.get("activeConfigurations")),
            partial(_configuration, reader, given),
            arn,
        )


def _configuration(
    reader: Reader, given: dict[str, Any], configuration: Item
) -> list[tuple[Table, Row]]:
    return [(EXPRESS, EXPRESS.row(reader.scope, configuration, **given))]


COLLECTOR = Collector(
    (DAEMONS, EXPRESS),
    (LIST, DESCRIBE, REVISIONS, DESCRIBE_EXPRESS),
    collect,
    needs=("clusters",),
    after=("services",),
)
