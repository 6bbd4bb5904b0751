"""ECS services and their deployments, networks, load balancers and strategies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from auditor.collectors.base import Call, Collector
from auditor.collectors.clusters import excluded
from auditor.collectors.deployment_tables import DEPLOYMENTS, REVISIONS, TASK_SETS
from auditor.collectors.reader import Reader
from auditor.collectors.service_tables import (
    BALANCERS,
    CONNECT_OPTIONS,
    CONNECT_SERVICES,
    EVENTS,
    INFRASTRUCTURE,
    MANAGED_RESOURCES,
    NETWORK,
    PLACEMENT,
    REGISTRIES,
    SERVICES,
    STRATEGY,
    VOLUMES,
)
from auditor.collectors.tags import TAGS, tag_rows
from auditor.collectors.values import value_columns
from auditor.schema import Item, Row, Scope, Table, dig, items, segment

VPC = "networkConfiguration.awsvpcConfiguration"
CONNECT = "serviceConnectConfiguration"
LIST = Call("ecs", "ListServices", "serviceArns", ("maxResults", 100),
            parents={"cluster": "clusterArn"})  # fmt: skip
DESCRIBE = Call(
    "ecs",
    "DescribeServices",
    "services",
    batch=("services", 10),
    key="serviceArn",
    parents={"cluster": "clusterArn"},
    fixed={"include": ["TAGS"]},
)
DESCRIBE_REVISIONS = Call(
    "ecs",
    "DescribeServiceRevisions",
    "serviceRevisions",
    batch=("serviceRevisionArns", 20),
    key="serviceRevisionArn",
)
CHILDREN = (
    (BALANCERS, "loadBalancers"),
    (REGISTRIES, "serviceRegistries"),
)
KEPT_EVENTS = 20  # the newest come first; a nightly snapshot needs no more than the last day's
INGRESS, SCALING = "ingressPaths", "autoScaling"
# Kind and place of what ECS builds (API reference, ECSManagedResources).
MANAGED = (
    ("load-balancer", f"{INGRESS}.loadBalancer"),
    ("security-group", f"{INGRESS}.loadBalancerSecurityGroups"),
    ("certificate", f"{INGRESS}.certificate"),
    ("listener", f"{INGRESS}.listener"),
    ("listener-rule", f"{INGRESS}.rule"),
    ("target-group", f"{INGRESS}.targetGroups"),
    ("scalable-target", f"{SCALING}.scalableTarget"),
    ("scaling-policy", f"{SCALING}.applicationAutoScalingPolicies"),
    ("alarm", "metricAlarms"),
    ("security-group", "serviceSecurityGroups"),
    ("log-group", "logGroups"),
    ("gateway", "gatewayConnections"),
)


def rows(scope: Scope, service: Item, masker: Any) -> Iterator[tuple[Table, Row]]:
    """Explode one service."""
    arn, cluster = service["serviceArn"], service.get("clusterArn")
    yield SERVICES, SERVICES.row(scope, service)
    for table, field in CHILDREN:
        for item in items(service.get(field)):
            yield table, table.row(scope, item, service_arn=arn)
    for item in islice(items(service.get("events")), KEPT_EVENTS):
        yield EVENTS, EVENTS.row(scope, item, service_arn=arn)
    for item in _strategy(service):
        yield STRATEGY, STRATEGY.row(scope, item, service_arn=arn)
    for kind, field in (("subnet", "subnets"), ("security-group", "securityGroups")):
        for name in dig(service, f"{VPC}.{field}") or ():
            yield NETWORK, NETWORK.row(scope, {}, service_arn=arn, kind=kind, id=name)
    for kind, field in (("constraint", "placementConstraints"), ("strategy", "placementStrategy")):
        for position, item in enumerate(items(service.get(field))):
            yield (
                PLACEMENT,
                PLACEMENT.row(scope, item, service_arn=arn, kind=kind, position=position),
            )
    for purpose, role in _infrastructure(service):
        if role.get("roleArn"):
            yield (
                INFRASTRUCTURE,
                INFRASTRUCTURE.row(scope, role, service_arn=arn, purpose=purpose),
            )
    for item in items(service.get("deployments")):
        yield from _deployment(scope, item, arn, cluster, masker)
    for item in items(service.get("taskSets")):
        yield TASK_SETS, TASK_SETS.row(scope, item, service_arn=arn, cluster_arn=cluster)
    yield from tag_rows(scope, arn, "service", service.get("tags"), masker)


def _strategy(service: Item) -> Iterator[Item]:
    """Yield a service's strategy; with an external controller its PRIMARY task set has it."""
    field = "capacityProviderStrategy"
    primary = (t for t in items(service.get("taskSets")) if t.get("status") == "PRIMARY")
    yield from items(service.get(field) or next(primary, {}).get(field))


def _infrastructure(service: Item) -> Iterator[tuple[str, Item]]:
    for balancer in items(service.get("loadBalancers")):
        yield "load-balancer", dig(balancer, "advancedConfiguration") or {}
    for deployment in items(service.get("deployments")):
        if deployment.get("status") == "PRIMARY":
            for volume in items(deployment.get("volumeConfigurations")):
                yield "volume", dig(volume, "managedEBSVolume") or {}
            for network in items(deployment.get("vpcLatticeConfigurations")):
                yield "lattice", network
            for name in items(dig(deployment, f"{CONNECT}.services")):
                yield "tls", dig(name, "tls") or {}


def _deployment(
    scope: Scope, item: Item, arn: str, cluster: Any, masker: Any
) -> Iterator[tuple[Table, Row]]:
    part = f"deployment/{segment(str(item.get('id')))}"
    yield DEPLOYMENTS, DEPLOYMENTS.row(scope, item, service_arn=arn, cluster_arn=cluster, part=part)
    if item.get("status") == "PRIMARY":
        for volume in items(item.get("volumeConfigurations")):
            yield VOLUMES, VOLUMES.row(scope, volume, service_arn=arn)
    for offered in items(dig(item, f"{CONNECT}.services")):
        yield (
            CONNECT_SERVICES,
            CONNECT_SERVICES.row(
                scope,
                offered,
                service_arn=arn,
                deployment_id=item.get("id"),
                part=f"{part}/service-connect/{segment(str(offered.get('portName')))}",
            ),
        )
    options = dig(item, f"{CONNECT}.logConfiguration.options") or {}
    for key, value in sorted(options.items()):
        classified = masker.value(key, value, "logOptions")
        yield (
            CONNECT_OPTIONS,
            CONNECT_OPTIONS.row(
                scope,
                {},
                service_arn=arn,
                part=f"{part}/log-option/{segment(key)}",
                name=key,
                **value_columns(classified),
            ),
        )


def _revision(scope: Scope, item: Item) -> Iterator[tuple[Table, Row]]:
    given = {
        "service_revision_arn": item.get("serviceRevisionArn"),
        "service_arn": item.get("serviceArn"),
        "cluster_arn": item.get("clusterArn"),
        "task_definition_arn": item.get("taskDefinition"),
        "launch_type": item.get("launchType"),
        "platform_version": item.get("platformVersion"),
        "guard_duty_enabled": item.get("guardDutyEnabled"),
        "created_at": item.get("createdAt"),
    }
    for image in list(items(item.get("containerImages"))) or [{}]:
        yield REVISIONS, REVISIONS.row(scope, image, **given)
    owner = {key: given[key] for key in ("service_arn", "service_revision_arn")}
    for kind, path in MANAGED:
        for built in _under(item.get("ecsManagedResources"), path):
            yield MANAGED_RESOURCES, MANAGED_RESOURCES.row(scope, built, **owner, kind=kind)


def _under(item: Item | None, path: str) -> Iterator[Item]:
    """Yield the objects under a dotted path, those of lists one by one."""
    step, _, rest = path.partition(".")
    found = (item or {}).get(step)
    for one in items(found if isinstance(found, list) or found is None else [found]):
        yield from _under(one, rest) if rest else (one,)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """List and describe the services of each cluster, and their current revisions."""
    current: set[str] = set()
    for cluster in sorted(reader.column("clusters", "cluster_arn")):
        arns = [str(arn) for arn in reader.listing(LIST, cluster=cluster)]
        found = [
            s
            for s in reader.describe(DESCRIBE, arns, cluster=cluster)
            if not excluded(reader, s.get("tags"))
        ]
        current |= {
            str(r.get("arn")) for s in found for r in items(s.get("currentServiceRevisions"))
        }
        yield from reader.map(DESCRIBE, found, lambda s: rows(reader.scope, s, reader.masker))
    revisions = reader.describe(DESCRIBE_REVISIONS, current)
    yield from reader.map(DESCRIBE_REVISIONS, revisions, lambda r: _revision(reader.scope, r))


COLLECTOR = Collector(
    (
        SERVICES,
        DEPLOYMENTS,
        NETWORK,
        BALANCERS,
        REGISTRIES,
        STRATEGY,
        PLACEMENT,
        VOLUMES,
        INFRASTRUCTURE,
        CONNECT_OPTIONS,
        CONNECT_SERVICES,
        EVENTS,
        MANAGED_RESOURCES,
        TASK_SETS,
        REVISIONS,
        TAGS,
    ),
    (LIST, DESCRIBE, DESCRIBE_REVISIONS),
    collect,
    needs=("clusters",),
)
