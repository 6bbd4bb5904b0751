"""Point what a case left out at the first item of its kind, so that items hang together."""

from __future__ import annotations

import copy
from typing import Any

from auditor.casebench.completers import host_id, lay
from auditor.casebench.items import ACCOUNT, DEFINITIONS, REGION, Item, World, laid
from auditor.collectors.recording import Operation
from auditor.schema import dig

GROUPS = "autoscaling.DescribeAutoScalingGroups"
SERVICES, TASKS, HOSTS = (
    "ecs.DescribeServices",
    "ecs.DescribeTasks",
    "ecs.DescribeContainerInstances",
)
INSTANCES, IMAGES, TYPES = (
    "ec2.DescribeInstances",
    "ec2.DescribeImages",
    "ec2.DescribeInstanceTypes",
)
TEMPLATES = "ec2.DescribeLaunchTemplateVersions"
DAEMON = "ecs.DescribeDaemonTaskDefinition"
EXPRESS = "ecs.DescribeExpressGatewayService"
REPOSITORIES, FILE_SYSTEMS = "ecr.DescribeRepositories", "efs.DescribeFileSystems"
# What others point to is laid before them; what is not named here points to nothing or comes last.
POINTED_TO = ("ecs.DescribeClusters", DEFINITIONS, HOSTS, SERVICES, REPOSITORIES, FILE_SYSTEMS)
FOLLOWING = (HOSTS, SERVICES, TASKS)
PROVIDERS = "ecs.DescribeCapacityProviders"
PROVIDED = "autoScalingGroupProvider.autoScalingGroupArn"
# Whose ids the operations take that answer for one thing, and what they call the id.
SUBJECTS = {
    "ec2.DescribeInstanceAttribute": (INSTANCES, "InstanceId", "InstanceId"),
    "ecr.GetRepositoryPolicy": ("ecr.DescribeRepositories", "repositoryName", "repositoryName"),
    "ecr.GetLifecyclePolicy": ("ecr.DescribeRepositories", "repositoryName", "repositoryName"),
    "ecs.DescribeExpressGatewayService": (SERVICES, "serviceArn", "serviceArn"),
    "efs.DescribeFileSystemPolicy": ("efs.DescribeFileSystems", "FileSystemId", "FileSystemId"),
    "efs.DescribeBackupPolicy": ("efs.DescribeFileSystems", "FileSystemId", "FileSystemId"),
    "secretsmanager.GetResourcePolicy": ("secretsmanager.ListSecrets", "ARN", "SecretId"),
}
# What the world's services and tasks say of other things that a case may have replaced.
REFERENCES = (
    "serviceArn",
    "taskArn",
    "ec2InstanceId",
    "taskDefinition",
    "taskDefinitionArn",
    "deployments",
    "containerInstanceArn",
    "clusterArn",
    "group",
)
# List operations follow from what their describe operation holds.
LISTS = {
    "ecs.DescribeClusters": ("ecs.ListClusters", "clusterArn"),
    SERVICES: ("ecs.ListServices", "serviceArn"),
    TASKS: ("ecs.ListTasks", "taskArn"),
    HOSTS: ("ecs.ListContainerInstances", "containerInstanceArn"),
    DEFINITIONS: ("ecs.ListTaskDefinitions", "taskDefinitionArn"),
}


def in_order(case: Item) -> list[str]:
    """Return a case's operations, and the world's that follow them, as they are to be laid.

    A mapping has no order: what a reference left out means cannot hang on who wrote what first.
    """
    names = [*case, *(name for name in FOLLOWING if name not in case)]
    return sorted(names, key=lambda n: POINTED_TO.index(n) if n in POINTED_TO else len(POINTED_TO))


def follow(world: World, name: str) -> None:
    """Let the world's own services, tasks and hosts point to what the case laid down."""
    if name in world.of(name):
        kept = world.items(name)
        given = [{k: v for k, v in item.items() if k not in REFERENCES} for item in kept]
        lay(world, name, given, kept)


def relink(laid_world: World, case: Item) -> None:
    """Let what was laid down fit each other: hosts and machines, networks, daemons, Express."""
    laid_world.place = (ACCOUNT, REGION)
    _hosts(laid_world, case)
    _grouped(laid_world, case)
    _subjects(laid_world, case)
    _networks(laid_world, case)
    _daemons(laid_world, case)
    _express(laid_world, case)


def derive_lists(world: World, case: Item) -> None:
    """Fill the list operations of every scope from the describe operations."""
    for name, (target, key) in LISTS.items():
        if target in case:
            continue
        for place in list(world.operations):
            world.place = place
            if name in world.operations[place]:
                arns = [i.get(key) for i in world.items(name)]
                world.operations[place][target] = Operation(items=arns)
    world.place = (ACCOUNT, REGION)


def _hosts(world: World, case: Item) -> None:
    """Let container instances, EC2 instances, images, groups and templates fit each other."""
    hosts = world.items(HOSTS)
    machines = world.items(INSTANCES)
    if INSTANCES in case:
        for number, host in enumerate(hosts):
            if host.get("ec2InstanceId") == host_id(number + 1) and number < len(machines):
                host["ec2InstanceId"] = machines[number]["InstanceId"]
    elif machines:
        wanted = [host.get("ec2InstanceId") for host in hosts]
        machines = [{**machines[0], "InstanceId": one} for one in wanted]
        world.of(INSTANCES)[INSTANCES] = Operation(items=list(machines))
    given = case.get(INSTANCES) or []
    for number, machine in enumerate(machines):
        said = given[number] if number < len(given) else {}
        for kind, key, other in (
            (IMAGES, "ImageId", "ImageId"),
            (TYPES, "InstanceType", "InstanceType"),
        ):
            names = [i.get(other) for i in world.items(kind)]
            if kind in case and key not in said and names and machine.get(key) not in names:
                machine[key] = names[0]
    if not {INSTANCES, GROUPS} & set(case):
        _launched_from(world)


def _launched_from(world: World) -> None:
    """Let the world's group use the case's launch template."""
    template = world.first(TEMPLATES, "LaunchTemplateId")
    if template and GROUPS in world.of(GROUPS):
        version = str(world.first(TEMPLATES, "VersionNumber"))
        used = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": version}}
        groups = [{**one, **used} for one in world.items(GROUPS)]
        world.of(GROUPS)[GROUPS] = Operation(items=list(groups))


def _grouped(world: World, case: Item) -> None:
    """Let capacity providers that name no group, and the world's hosts, belong to the first one."""
    group = world.first(GROUPS, "AutoScalingGroupARN") if GROUPS in case else None
    if group is None:
        return
    said = [dig(one, PROVIDED) for one in case.get(PROVIDERS) or []]
    providers = copy.deepcopy(world.items(PROVIDERS))
    for provider in providers:
        if dig(provider, PROVIDED) not in (None, *said):
            provider["autoScalingGroupProvider"]["autoScalingGroupArn"] = group
    world.of(PROVIDERS)[PROVIDERS] = Operation(items=list(providers))
    if INSTANCES not in case:
        machines = copy.deepcopy(world.items(INSTANCES))
        for tag in (tag for machine in machines for tag in machine.get("Tags") or []):
            if tag.get("Key") == "aws:autoscaling:groupName":
                tag["Value"] = world.first(GROUPS, "AutoScalingGroupName")
        world.of(INSTANCES)[INSTANCES] = Operation(items=list(machines))


def _subjects(world: World, case: Item) -> None:
    """Spread several answers without an id over the things of their kind; one is meant for all."""
    for operation, (kind, key, name) in SUBJECTS.items():
        unnamed = [a for a in world.items(operation) if name not in a] if operation in case else []
        known = [one.get(key) for one in world.items(kind)]
        for answer, subject in zip(unnamed, known, strict=False):
            if len(unnamed) > 1:
                answer[name] = subject


def _networks(world: World, case: Item) -> None:
    """Let services that name no network of their own use the case's subnets and groups."""
    for operation, key, member in (
        ("ec2.DescribeSubnets", "SubnetId", "subnets"),
        ("ec2.DescribeSecurityGroups", "GroupId", "securityGroups"),
    ):
        names = [i.get(key) for i in world.items(operation)] if operation in case else []
        for number, service in enumerate(world.items(SERVICES) if names else []):
            given = (case.get(SERVICES) or [{}] * (number + 1))[number : number + 1]
            said = any(isinstance(g, dict) and "networkConfiguration" in g for g in given)
            network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration")
            if network and not said and not set(names) & set(network.get(member) or []):
                network[member] = names


def _daemons(world: World, case: Item) -> None:
    """Make the daemons that run the daemon task definitions of a case, where it names none."""
    if DAEMON not in case:
        return
    arns: list[Any] = []
    completed: list[Any] = []
    for number, one in enumerate(case[DAEMON] or [], 1):
        definition = _daemon_definition(world, one, number)
        arns.append(definition["daemonTaskDefinitionArn"])
        completed.append(definition)
    world.of(DAEMON)[DAEMON] = Operation(items=completed)
    if {"ecs.ListDaemons", "ecs.DescribeDaemon", "ecs.DescribeDaemonRevisions"} & set(case):
        return
    daemons, revisions = [], []
    for number, arn in enumerate(arns, 1):
        daemon = world.arn("ecs", f"daemon/main/daemon{number}")
        revision = world.arn("ecs", f"daemon-revision/main/daemon{number}/1")
        inner = {"daemonArn": daemon, "status": "ACTIVE", "currentRevisions": [{"arn": revision}],
                 "clusterArn": world.first("ecs.DescribeClusters", "clusterArn")}  # fmt: skip
        daemons.append({"daemonArn": daemon, "daemon": inner})
        revisions.append({"daemonRevisionArn": revision, "daemonTaskDefinitionArn": arn})
    world.of(DAEMON)["ecs.ListDaemons"] = Operation(items=[d["daemon"] for d in daemons])
    world.of(DAEMON)["ecs.DescribeDaemon"] = Operation(items=list(daemons))
    world.of(DAEMON)["ecs.DescribeDaemonRevisions"] = Operation(items=list(revisions))


def _daemon_definition(world: World, one: Item, number: int) -> Item:
    """Complete a daemon task definition; it may stand in the envelope of its answer."""
    inner = one.get("daemonTaskDefinition")
    said = inner if isinstance(inner, dict) else one
    base = next(iter(world.items(DEFINITIONS)), {})
    containers = [{k: v for k, v in c.items() if k != "portMappings"}
                  for c in base.get("containerDefinitions", [])]  # fmt: skip
    bare = {"family": "daemon", "revision": number, "status": "ACTIVE",
            "containerDefinitions": containers[:1]}  # fmt: skip
    found: Item = laid(bare, said)
    name = f"daemon-task-definition/{found['family']}:{found['revision']}"
    arn = said.get("daemonTaskDefinitionArn") or world.arn("ecs", name)
    return {**found, "daemonTaskDefinitionArn": arn, "daemonTaskDefinition": arn}


def _express(world: World, case: Item) -> None:
    """Let the first services be the Express services that a case describes."""
    described = case.get(EXPRESS) or []
    services = world.items(SERVICES)
    if any(s.get("resourceManagementType") for s in services):
        return
    for service, _ in zip(services, described, strict=False):
        service["resourceManagementType"] = "ECS"
