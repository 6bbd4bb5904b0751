"""Task definition revisions: those in use, the newest ACTIVE of each family, or all of them.

A revision never changes, so one that the database holds is not described again: only its
membership (in use, newest, status) is written anew. Daemon task definitions are mapped alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from auditor.collectors import container_tables
from auditor.collectors.amounts import number, written
from auditor.collectors.base import Call, Collector
from auditor.collectors.containers import Mapper
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.collectors.volumes import VOLUME_OPTIONS, VOLUMES, volume_rows
from auditor.schema import Column, Item, MappingError, Row, Scope, Table, dig, distinct_parts, items

C = Column


def _listed(field: str, value: str) -> Any:
    return lambda item: value in (item.get(field) or ())


TASK_DEFINITIONS = Table(
    "task_definitions",
    "One row per task definition revision in scope; daemon task definitions too.",
    (
        C("task_definition_arn", "VARCHAR", "ARN with the revision."),
        C("family", "VARCHAR", "Family.", "family"),
        C("revision", "BIGINT", "Revision number.", "revision"),
        C("is_daemon", "BOOLEAN", "A daemon task definition of Managed Instances."),
        C(
            "in_use",
            "BOOLEAN",
            "A service, deployment, task set, task or daemon uses it.",
            member=True,
        ),
        C("newest", "BOOLEAN", "Newest ACTIVE revision of its family.", member=True),
        C(
            "described",
            "BOOLEAN",
            "Described in this snapshot; false where it was known.",
            member=True,
        ),
        C("status", "VARCHAR", "ACTIVE, INACTIVE or DELETE_IN_PROGRESS.", member=True),
        C(
            "network_mode",
            "VARCHAR",
            "awsvpc, bridge, host or none; NULL = the default.",
            "networkMode",
        ),
        C(
            "task_role_arn",
            "VARCHAR",
            "Role of the containers.",
            lambda i: i.get("taskRoleArn") or None,
        ),
        C(
            "execution_role_arn",
            "VARCHAR",
            "Role of the agent for images, logs and secrets.",
            lambda i: i.get("executionRoleArn") or None,
        ),
        C("cpu", "BIGINT", "Task CPU units (1024 a vCPU).", number("cpu", "vcpu")),
        C("memory", "BIGINT", "Task memory in MiB.", number("memory", "gb")),
        C("cpu_text", "VARCHAR", "Task CPU as written.", written("cpu")),
        C("memory_text", "VARCHAR", "Task memory as written.", written("memory")),
        C(
            "requires_fargate",
            "BOOLEAN",
            "requiresCompatibilities has FARGATE.",
            _listed("requiresCompatibilities", "FARGATE"),
        ),
        C(
            "requires_ec2",
            "BOOLEAN",
            "requiresCompatibilities has EC2.",
            _listed("requiresCompatibilities", "EC2"),
        ),
        C(
            "requires_external",
            "BOOLEAN",
            "requiresCompatibilities has EXTERNAL.",
            _listed("requiresCompatibilities", "EXTERNAL"),
        ),
        C(
            "requires_managed_instances",
            "BOOLEAN",
            "requiresCompatibilities has it.",
            _listed("requiresCompatibilities", "MANAGED_INSTANCES"),
        ),
        C(
            "compatible_fargate",
            "BOOLEAN",
            "AWS found it fit for Fargate.",
            _listed("compatibilities", "FARGATE"),
        ),
        C(
            "compatible_ec2",
            "BOOLEAN",
            "AWS found it fit for EC2.",
            _listed("compatibilities", "EC2"),
        ),
        C(
            "operating_system_family",
            "VARCHAR",
            "LINUX or WINDOWS_…; NULL = LINUX.",
            "runtimePlatform.operatingSystemFamily",
        ),
        C(
            "is_windows",
            "BOOLEAN",
            "The operating system family is a Windows one. A revision that states none may stand "
            "on Windows hosts all the same: container_instances.os_type tells.",
            lambda i: str(dig(i, "runtimePlatform.operatingSystemFamily") or "").startswith(
                "WINDOWS"
            ),
        ),
        C(
            "cpu_architecture",
            "VARCHAR",
            "X86_64 or ARM64; NULL = X86_64 on Fargate.",
            "runtimePlatform.cpuArchitecture",
        ),
        C("pid_mode", "VARCHAR", "host, task or shared.", lambda i: i.get("pidMode") or None),
        C("ipc_mode", "VARCHAR", "host, task, none or shared.", lambda i: i.get("ipcMode") or None),
        C("proxy_type", "VARCHAR", "Proxy, such as APPMESH.", "proxyConfiguration.type"),
        C(
            "proxy_container",
            "VARCHAR",
            "Container that is the proxy.",
            "proxyConfiguration.containerName",
        ),
        C(
            "ephemeral_storage_gib",
            "BIGINT",
            "Fargate ephemeral storage in GiB.",
            "ephemeralStorage.sizeInGiB",
        ),
        C(
            "enable_fault_injection",
            "BOOLEAN",
            "Containers may order faults.",
            "enableFaultInjection",
        ),
        C(
            "isolation_mode",
            "VARCHAR",
            "Trusted execution: SHARED, ISOLATED_SANDBOX …",
            "trustedExecutionConfiguration.isolationMode",
        ),
        C(
            "uses_inference_accelerators",
            "BOOLEAN",
            "Elastic Inference is requested.",
            lambda item: bool(item.get("inferenceAccelerators")),
        ),
        C("registered_at", "TIMESTAMP", "Time of registration.", "registeredAt"),
        C("registered_by", "VARCHAR", "Principal that registered it.", "registeredBy"),
        C("deregistered_at", "TIMESTAMP", "Time of deregistration.", "deregisteredAt"),
    ),
    "revision",
    "task_definition_arn",
)
ATTRIBUTES = Table(
    "task_definition_attributes",
    "One row per attribute that a revision requires of its host (requiresAttributes).",
    (
        C("task_definition_arn", "VARCHAR", "Revision."),
        C("name", "VARCHAR", "Attribute, such as ecs.capability.execution-role-ecr-pull.", "name"),
        C("required_value", "VARCHAR", "Value it must have; NULL = any.", "value"),
    ),
    "revision",
    "task_definition_arn",
)
FAMILIES = Table(
    "task_definition_families",
    "One row per family that has ACTIVE revisions, also those that are not described.",
    (
        C("family", "VARCHAR", "Family."),
        C("active_revisions", "BIGINT", "ACTIVE revisions."),
        C("newest_task_definition_arn", "VARCHAR", "Newest of them."),
    ),
)
PLACEMENT = Table(
    "task_definition_placement_constraints",
    "One row per placement constraint of a revision.",
    (
        C("task_definition_arn", "VARCHAR", "Revision."),
        C("type", "VARCHAR", "memberOf.", "type"),
        C("expression", "VARCHAR", "Cluster query language.", "expression"),
    ),
    "revision",
    "task_definition_arn",
)
LIST = Call("ecs", "ListTaskDefinitions", "taskDefinitionArns", ("maxResults", 100))
DESCRIBE = Call("ecs", "DescribeTaskDefinition", one="taskDefinition", fixed={"include": ["TAGS"]})
DESCRIBE_DAEMON = Call("ecs", "DescribeDaemonTaskDefinition", one="daemonTaskDefinition")
USERS = (
    ("services", "task_definition_arn"),
    ("deployments", "task_definition_arn"),
    ("task_sets", "task_definition_arn"),
    ("service_revisions", "task_definition_arn"),
    ("tasks", "task_definition_arn"),
)


def rows(scope: Scope, definition: Item, masker: Any) -> Iterator[tuple[Table, Row]]:
    """Explode one described revision into (table, row) pairs."""
    daemon = "daemonTaskDefinitionArn" in definition
    arn = definition.get("daemonTaskDefinitionArn" if daemon else "taskDefinitionArn")
    if not isinstance(arn, str):
        raise MappingError("the answer names no task definition")
    shared = {"task_definition_arn": arn}
    yield (
        TASK_DEFINITIONS,
        TASK_DEFINITIONS.row(
            scope, definition, **shared, is_daemon=daemon, status=definition.get("status")
        ),
    )
    for table, field in ((ATTRIBUTES, "requiresAttributes"), (PLACEMENT, "placementConstraints")):
        for item in items(definition.get(field)):
            yield table, table.row(scope, item, **shared)
    mapper = Mapper(scope, arn, masker)
    yield from distinct_parts(mapper.containers(definition.get("containerDefinitions")))
    yield from distinct_parts(volume_rows(scope, arn, definition, masker))


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List the revisions, decide which are in scope, describe the new ones."""
    status = _listed_revisions(reader)
    used = {arn for table, column in USERS for arn in reader.column(table, column)}
    active = [arn for arn, state in status.items() if state == "ACTIVE"]
    newest = newest_of_families(active)
    yield from _families(reader.scope, active, newest)
    wanted = used | newest | (set(status) if reader.options.all_revisions else set())
    # Which of them are INACTIVE by now is told by the list alone.
    known = wanted & reader.shared.known_revisions if not reader.faulted(LIST) else set()
    for arn in known:
        state = status.get(arn, "INACTIVE")
        reader.member(arn, arn in used, arn in newest, described=False, status=state)
    reader.recall(known)
    answers = reader.get_each(
        DESCRIBE, [(arn, {"taskDefinition": arn}) for arn in sorted(wanted - known)]
    )
    yield from reader.map(
        DESCRIBE, (a for _, a in answers), lambda a: _described(reader, a, used, newest), _arn
    )
    yield from _daemons(reader)


def newest_of_families(arns: Any) -> set[str]:
    """Return the ARN with the highest revision of each family."""
    best: dict[str, tuple[int, str]] = {}
    for arn in arns:
        family, _, revision = arn.rpartition(":")
        best[family] = max(best.get(family, (-1, "")), (int(revision), arn))
    return {arn for _, arn in best.values()}


def _families(scope: Scope, active: list[str], newest: set[str]) -> Iterator[tuple[Table, Row]]:
    counts = Counter(arn.rpartition(":")[0] for arn in active)
    for arn in sorted(newest):
        prefix = arn.rpartition(":")[0]
        given = {"family": prefix.rpartition("/")[2], "active_revisions": counts[prefix]}
        yield FAMILIES, FAMILIES.row(scope, {}, newest_task_definition_arn=arn, **given)


def _listed_revisions(reader: Reader) -> dict[str, str]:
    states = ["ACTIVE", "DELETE_IN_PROGRESS"]
    if reader.options.all_revisions:
        states.append("INACTIVE")
    found: dict[str, str] = {}
    for state in states:
        for arn in reader.listing(LIST, status=state):
            found.setdefault(str(arn), state)
    return found


def _arn(answer: Item) -> str | None:
    arn = dig(answer, "taskDefinition.taskDefinitionArn")
    return arn if isinstance(arn, str) else None


def _described(
    reader: Reader, answer: Item, used: set[str], newest: set[str]
) -> Iterator[tuple[Table, Row]]:
    definition = answer.get("taskDefinition") or {}
    arn = str(definition.get("taskDefinitionArn"))
    yield from rows(reader.scope, definition, reader.masker)
    yield from tag_rows(reader.scope, arn, "task-definition", answer.get("tags"), reader.masker)
    state = definition.get("status") or "ACTIVE"
    reader.member(arn, arn in used, arn in newest, described=True, status=state)


def _daemons(reader: Reader) -> Iterator[tuple[Table, Row]]:
    wanted = reader.column("daemons", "daemon_task_definition_arn")
    known = wanted & reader.shared.known_revisions
    for arn in known:
        reader.member(arn, True, False, described=False, status="ACTIVE")
    answers = reader.get_each(
        DESCRIBE_DAEMON, [(arn, {"daemonTaskDefinition": arn}) for arn in sorted(wanted - known)]
    )
    for arn, answer in answers:
        yield from reader.map(
            DESCRIBE_DAEMON,
            [answer.get("daemonTaskDefinition") or {}],
            lambda d: _described_daemon(reader, d),
            arn,
        )


def _described_daemon(reader: Reader, definition: Item) -> Iterator[tuple[Table, Row]]:
    yield from rows(reader.scope, definition, reader.masker)
    state = definition.get("status") or "ACTIVE"
    arn = definition["daemonTaskDefinitionArn"]
    reader.member(arn, True, False, described=True, status=state)


COLLECTOR = Collector(
    (
        TASK_DEFINITIONS,
        FAMILIES,
        ATTRIBUTES,
        PLACEMENT,
        *container_tables.TABLES,
        VOLUMES,
        VOLUME_OPTIONS,
        TAGS,
    ),
    (LIST, DESCRIBE, DESCRIBE_DAEMON),
    collect,
    after=("services", "deployments", "task_sets", "service_revisions", "tasks", "daemons"),
)
