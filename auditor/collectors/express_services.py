"""Express services: their active configurations, and containers that no task definition shows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from auditor.collectors import container_tables, task_definitions
from auditor.collectors.base import Call, Collector
from auditor.collectors.reader import Reader
from auditor.schema import Column, Item, Row, Table, dig, items

C = Column
CONTAINER = "Main"  # the name that ECS gives the container of an Express service
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
DESCRIBE = Call("ecs", "DescribeExpressGatewayService", one="serviceArn", key="serviceArn")


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe the services that ECS manages in the Express way."""
    named = [
        row["service_arn"]
        for row in reader.rows("services")
        if row["resource_management_type"] == "ECS"
    ]
    for arn, answer in reader.get_each(DESCRIBE, [(arn, {"serviceArn": arn}) for arn in named]):
        service = answer.get("service") or {}
        yield from reader.map(
            DESCRIBE,
            items(service.get("activeConfigurations")),
            partial(_rows, reader, arn, service),
            arn,
        )


def _rows(reader: Reader, arn: str, service: Item, found: Item) -> Iterator[tuple[Table, Row]]:
    yield (
        EXPRESS,
        EXPRESS.row(
            reader.scope,
            found,
            service_arn=arn,
            cluster_arn=service.get("cluster"),
            status_code=dig(service, "status.statusCode"),
            infrastructure_role_arn=service.get("infrastructureRoleArn"),
        ),
    )
    revision = found.get("serviceRevisionArn")
    # With a task definition, the same text would be found twice.
    if revision and not found.get("taskDefinitionArn"):
        yield from task_definitions.rows(reader.scope, _definition(service, found), reader.masker)
        reader.member(revision, True, False, described=True, status="ACTIVE")


def _definition(service: Item, found: Item) -> Item:
    """Return a configuration in the form of a task definition, named by its service revision."""
    container = found.get("primaryContainer") or {}
    logs = container.get("awsLogsConfiguration") or {}
    options = {
        "awslogs-group": logs.get("logGroup"),
        "awslogs-stream-prefix": logs.get("logStreamPrefix"),
    }
    kept = {option: text for option, text in options.items() if text}
    return {
        **{
            key: found[key]
            for key in ("taskRoleArn", "executionRoleArn", "cpu", "memory")
            if key in found
        },
        "taskDefinitionArn": found["serviceRevisionArn"],
        "family": service.get("serviceName"),
        "status": "ACTIVE",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [
            {
                **container,
                "name": CONTAINER,
                "essential": True,
                "logConfiguration": {"logDriver": "awslogs", "options": kept},
            }
        ],
    }


COLLECTOR = Collector(
    (
        EXPRESS,
        task_definitions.TASK_DEFINITIONS,
        *container_tables.TABLES,
    ),
    (DESCRIBE,),
    collect,
    after=("services",),
)
