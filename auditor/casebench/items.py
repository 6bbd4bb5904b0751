"""Lay a case's items over a world: complete them, name them, and make them hang together."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from auditor.collectors.recording import Answer, Operation

Item = dict[str, Any]
ACCOUNT, REGION = "111122223333", "eu-west-1"
DEFINITIONS = "ecs.DescribeTaskDefinition"


def laid(base: Any, over: Any, key: str = "") -> Any:
    """Return ``over`` laid over ``base``: mappings by key, lists replace, null removes.

    containerDefinitions are laid by position, further ones over the first.
    """
    if isinstance(base, dict) and isinstance(over, dict):
        found = copy.deepcopy(base)
        for name, value in over.items():
            if value is None:
                found.pop(name, None)
            else:
                found[name] = laid(base.get(name), value, name)
        return found
    if key == "containerDefinitions" and isinstance(base, list) and base:
        return [laid(base[n] if n < len(base) else base[0], one) for n, one in enumerate(over)]
    return copy.deepcopy(over)


class World:
    """Operations of one case by region; items are completed as they are laid over it."""

    def __init__(self, operations: dict[tuple[str, str], dict[str, Operation]]) -> None:
        self.operations = operations

    def of(self, name: str, region: str, account: str = ACCOUNT) -> dict[str, Operation]:
        """Return the operations of the scope that an operation belongs to."""
        where = "global" if name.startswith("iam.") else region
        return self.operations.setdefault((account, where), {})

    def first(self, name: str, path: str, default: Any = None) -> Any:
        """Return a member of the first item of an operation."""
        found = self.of(name, REGION).get(name)
        items = self.items(found) if found else []
        return items[0].get(path, default) if items else default

    @staticmethod
    def items(found: Operation) -> list[Item]:
        """Return an operation's items; definitions without their envelope."""
        if found.items is not None:
            return list(found.items)
        return [a.response.get("taskDefinition", a.response) for a in found.answers]

    def lay(self, name: str, given: list[Item], pattern: Item) -> None:
        """Replace an operation's items by completed ones."""
        made: list[Item] = []
        for number, one in enumerate(given, 1):
            region, account = one.get("@region", REGION), one.get("@account", ACCOUNT)
            plain = {k: v for k, v in one.items() if not k.startswith("@")}
            item = COMPLETE.get(name, _plain)(self, plain, pattern, number, region)
            made.append(item)
            first = number == 1 or (account, region) != (ACCOUNT, REGION)
            self._put(name, item, self.of(name, region, account), first)

    def _put(self, name: str, item: Item, operations: dict[str, Operation], first: bool) -> None:
        if name == DEFINITIONS:
            tags = item.pop("tags", [])
            arn = item["taskDefinitionArn"]
            answer = Answer({"taskDefinition": arn}, {"taskDefinition": item, "tags": tags})
            kept = [] if first else operations[name].answers
            operations[name] = Operation(answers=[*kept, answer])
        elif name in KEPT:
            found = operations.get(name) or Operation(items=[])
            others = [i for i in found.items or [] if i.get(KEPT[name]) != item.get(KEPT[name])]
            operations[name] = Operation(items=[*others, item])
        else:
            kept_items = [] if first else list(operations[name].items or [])
            operations[name] = Operation(items=[*kept_items, item])


ROLE_LIST = "iam.GetAccountAuthorizationDetails.RoleDetailList"
ASSUMED = ("AssumeRolePolicyDocument", "InstanceProfileList")
KEPT = {
    ROLE_LIST: "RoleName",
    "iam.GetAccountAuthorizationDetails.Policies": "PolicyName",
}


def arn(service: str, resource: str, region: str = REGION) -> str:
    """Return an ARN of the cases' account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def _plain(_world: World, item: Item, pattern: Item, _number: int, _region: str) -> Item:
    found: Item = laid(pattern, item)
    return found


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}{number}"


def _definition(_w: World, item: Item, pattern: Item, number: int, region: str) -> Item:
    found = laid(pattern, item)
    if "revision" not in item:
        found["revision"] = 1 if "family" in item else number
    if "taskDefinitionArn" not in item:
        name = f"{found['family']}:{found['revision']}"
        found["taskDefinitionArn"] = arn("ecs", f"task-definition/{name}", region)
    return found  # type: ignore[no-any-return]


def _service(w: World, item: Item, pattern: Item, number: int, region: str) -> Item:
    found = laid(pattern, item)
    name = item.get("serviceName") or _numbered("web", number)
    cluster = item.get("clusterArn") or w.first("ecs.DescribeClusters", "clusterArn")
    found.update(serviceName=name, clusterArn=cluster)
    if "serviceArn" not in item:
        short = str(cluster).rsplit("/", 1)[-1]
        found["serviceArn"] = arn("ecs", f"service/{short}/{name}", region)
    if item.get("taskDefinition", "") is not None:  # null: an Express service names none
        found["taskDefinition"] = _revision(w, item.get("taskDefinition"))
    if "deployments" not in item:
        shared = ("taskDefinition", "launchType", "platformVersion", "platformFamily",
                  "desiredCount", "runningCount", "capacityProviderStrategy")  # fmt: skip
        first = {k: found[k] for k in shared if k in found}
        found["deployments"] = [{"id": f"ecs-svc/{number}", "status": "PRIMARY",
                                 "rolloutState": "COMPLETED", **first}]  # fmt: skip
    for one in found["deployments"]:
        one["taskDefinition"] = _revision(w, one.get("taskDefinition"))
    return found  # type: ignore[no-any-return]


def _revision(w: World, named: Any) -> Any:
    if isinstance(named, str) and not named.startswith("arn:"):
        return arn("ecs", f"task-definition/{named}")
    return named or w.first(DEFINITIONS, "taskDefinitionArn")


def _task(w: World, item: Item, pattern: Item, number: int, region: str) -> Item:
    found = laid(pattern, item)
    cluster = item.get("clusterArn") or w.first("ecs.DescribeClusters", "clusterArn")
    found["clusterArn"] = cluster
    if "taskArn" not in item:
        short = str(cluster).rsplit("/", 1)[-1]
        found["taskArn"] = arn("ecs", f"task/{short}/t{number}", region)
    found["taskDefinitionArn"] = _revision(w, item.get("taskDefinitionArn"))
    if "containerInstanceArn" in pattern and "containerInstanceArn" not in item:
        host = w.first("ecs.DescribeContainerInstances", "containerInstanceArn")
        found["containerInstanceArn"] = host
    return found  # type: ignore[no-any-return]


def _instance(w: World, item: Item, pattern: Item, number: int, region: str) -> Item:
    found = laid(pattern, item)
    cluster = str(w.first("ecs.DescribeClusters", "clusterArn")).rsplit("/", 1)[-1]
    if "containerInstanceArn" not in item:
        name = f"container-instance/{cluster}/ci{number}"
        found["containerInstanceArn"] = arn("ecs", name, region)
    if "ec2InstanceId" not in item:
        found["ec2InstanceId"] = f"i-0000000000000ci{number}"
    return found  # type: ignore[no-any-return]


def _ec2(_w: World, item: Item, pattern: Item, number: int, _region: str) -> Item:
    found = laid(pattern, item)
    if "InstanceId" not in item:
        found["InstanceId"] = f"i-0000000000000ci{number}"
    return found  # type: ignore[no-any-return]


def _cluster(_w: World, item: Item, pattern: Item, number: int, region: str) -> Item:
    found = laid(pattern, item)
    name = item.get("clusterName") or _numbered("main", number)
    found["clusterName"] = name
    found["clusterArn"] = item.get("clusterArn") or arn("ecs", f"cluster/{name}", region)
    return found  # type: ignore[no-any-return]


def _named(service: str, name: str, arn_key: str, form: str, base: str) -> Callable[..., Item]:
    def complete(_w: World, item: Item, pattern: Item, number: int, region: str) -> Item:
        found = laid(pattern, item)
        found[name] = item.get(name) or _numbered(base, number)
        if arn_key and arn_key not in item:
            where = "" if service == "iam" else region
            found[arn_key] = arn(service, form.format(found[name]), where)
        return found  # type: ignore[no-any-return]

    return complete


def _role(w: World, item: Item, _pattern: Item, number: int, region: str) -> Item:
    # A named role of the world is replaced, not laid over: its grants would leak into the case.
    # Who assumes it, and on which hosts, stays.
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}  # fmt: skip
    bare: Item = {"Path": "/", "CreateDate": "2026-01-05T09:00:00Z", "RolePolicyList": [],
                  "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": [],
                  "InstanceProfileList": [], "Tags": []}  # fmt: skip
    name = {"RoleName": item["RoleName"]} if "RoleName" in item else {}
    found = _named("iam", "RoleName", "Arn", "role/{}", "web-task")(w, name, bare, number, region)
    known = w.of(ROLE_LIST, region).get(ROLE_LIST)
    named = [i for i in (w.items(known) if known else []) if i["RoleName"] == found["RoleName"]]
    kept: Item = {k: named[0][k] for k in ASSUMED if named and k in named[0]}
    found = {**bare, **found, **kept, **item}
    found["Arn"] = item.get("Arn") or arn("iam", f"role/{found['RoleName']}", "")
    return found


def _template(_w: World, item: Item, pattern: Item, number: int, _region: str) -> Item:
    bare = {
        "LaunchTemplateId": "lt-0123456789abcdef0",
        "LaunchTemplateName": "main",
        "VersionNumber": number,
        "DefaultVersion": number == 1,
        "LaunchTemplateData": {},
    }
    return laid(laid(bare, pattern), item)  # type: ignore[no-any-return]


def _group(_w: World, item: Item, pattern: Item, number: int, region: str) -> Item:
    found = laid(pattern, item)
    name = found["logGroupName"] = item.get("logGroupName") or _numbered("/ecs/web", number)
    found["logGroupArn"] = item.get("logGroupArn") or arn("logs", f"log-group:{name}", region)
    return found  # type: ignore[no-any-return]


COMPLETE: dict[str, Callable[..., Item]] = {
    DEFINITIONS: _definition,
    "ecs.DescribeServices": _service,
    "ecs.DescribeTasks": _task,
    "ecs.DescribeContainerInstances": _instance,
    "ecs.DescribeClusters": _cluster,
    "ec2.DescribeInstances": _ec2,
    "ec2.DescribeLaunchTemplateVersions": _template,
    "iam.GetAccountAuthorizationDetails.RoleDetailList": _role,
    "iam.GetAccountAuthorizationDetails.Policies": _named(
        "iam", "PolicyName", "Arn", "policy/{}", "policy"),
    "logs.DescribeLogGroups": _group,
    "ecr.DescribeRepositories": _named(
        "ecr", "repositoryName", "repositoryArn", "repository/{}", "web"),
    "secretsmanager.ListSecrets": _named(
        "secretsmanager", "Name", "ARN", "secret:{}-AbCdEf", "secret"),
    "ssm.DescribeParameters": _named("ssm", "Name", "", "", "parameter"),
    "efs.DescribeFileSystems": _named(
        "elasticfilesystem", "FileSystemId", "FileSystemArn", "file-system/{}",
        "fs-0123456789abcdef0"),
    "ec2.DescribeSubnets": _named("ec2", "SubnetId", "SubnetArn", "subnet/{}", "subnet-0aa1"),
    "ecs.DescribeCapacityProviders": _named(
        "ecs", "name", "capacityProviderArn", "capacity-provider/{}", "main"),
}  # fmt: skip
LISTS = {
    "ecs.DescribeClusters": ("ecs.ListClusters", "clusterArn"),
    "ecs.DescribeServices": ("ecs.ListServices", "serviceArn"),
    "ecs.DescribeTasks": ("ecs.ListTasks", "taskArn"),
    "ecs.DescribeContainerInstances": ("ecs.ListContainerInstances", "containerInstanceArn"),
    DEFINITIONS: ("ecs.ListTaskDefinitions", "taskDefinitionArn"),
}
