"""Lay a case's items over a world: complete them, name them, and make them hang together."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from auditor.casebench.items import DEFINITIONS, ROLE_LIST, Item, ItemError, World, laid
from auditor.casebench.numbering import counted, named, numbered, of_first, of_nth, plain

ASSUMED = ("AssumeRolePolicyDocument", "InstanceProfileList")


def lay(w: World, name: str, given: list[Any], patterns: list[Item]) -> None:
    """Replace an operation's items by completed ones; each goes over its minimal item.

    Raises ItemError for an item that cannot be completed.
    """
    begun: set[tuple[str, str]] = set()
    home = w.place
    for number, one in enumerate(given, 1):
        if not isinstance(one, dict):
            if patterns and isinstance(patterns[0], dict):
                raise ItemError(f"{name}: item {number} is {one!r}, no mapping")
            w.put(name, one, home not in begun)
            begun.add(home)
            continue
        w.place = (str(one.get("@account", home[0])), str(one.get("@region", home[1])))
        plain = {k: v for k, v in one.items() if not k.startswith("@")}
        plain = OPENED.get(name, dict)(plain)
        pattern = _pattern_of(name, plain, patterns)
        item = _completed(w, name, plain, pattern, number)
        w.put(name, item, number == 1 or w.place not in begun)
        begun.add(w.place)
    w.place = home


def _completed(w: World, name: str, item: Item, pattern: Item, number: int) -> Item:
    """Return an item completed for its operation; raise ItemError where its shape forbids it."""
    try:
        return COMPLETE.get(name, plain)(w, item, pattern, number)
    except KeyError as error:
        said = f"takes {error.args[0]} away, without which it is nothing"
    except (AttributeError, IndexError, TypeError, ValueError):
        said = "has another shape than in AWS's answers"
    raise ItemError(f"{name}: item {number} {said}")


def _pattern_of(name: str, item: Item, patterns: list[Item]) -> Item:
    """Return what an item goes over: its namesake in the world, else the first."""
    key = NAMES.get(name)
    namesakes = [p for p in patterns if key and p.get(key) == item.get(key) is not None]
    return copy.deepcopy((namesakes or patterns or [{}])[0])


def _definition(w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(pattern, item)
    before = [d["revision"] for d in w.items(DEFINITIONS) if d["family"] == found["family"]]
    if "revision" not in item:
        found["revision"] = max(before) + 1 if number > 1 and before else 1
    if "taskDefinitionArn" not in item:
        name = f"{found['family']}:{found['revision']}"
        found["taskDefinitionArn"] = w.arn("ecs", f"task-definition/{name}")
    return found


def _cluster_of(w: World, item: Item) -> str:
    """Return the cluster that an item names, by ARN or by name, else the first."""
    named = item.get("clusterArn")
    if isinstance(named, str) and not named.startswith("arn:"):
        return w.arn("ecs", f"cluster/{named}")
    return named or w.first("ecs.DescribeClusters", "clusterArn") or w.arn("ecs", "cluster/main")


def _service(w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(_either(pattern, item, "capacityProviderStrategy"), item)
    name = item.get("serviceName") or numbered("web", number)
    cluster = _cluster_of(w, item)
    short = cluster.rsplit("/", 1)[-1]
    found.update(serviceName=name, clusterArn=cluster)
    if "serviceArn" not in item:
        found["serviceArn"] = w.arn("ecs", f"service/{short}/{name}")
    if item.get("taskDefinition", "") is not None:  # null: an Express service names none
        found["taskDefinition"] = _revision(w, item.get("taskDefinition"))
    if "deployments" not in item:
        shared = ("taskDefinition", "launchType", "platformVersion", "platformFamily",
                  "desiredCount", "runningCount", "capacityProviderStrategy")  # fmt: skip
        first = {k: found[k] for k in shared if k in found}
        found["deployments"] = [{"status": "PRIMARY", "rolloutState": "COMPLETED", **first}]
    for n, one in enumerate(found.get("deployments") or [], 1):
        one.setdefault("id", f"ecs-svc/{number}" if n == 1 else f"ecs-svc/{number}-{n}")
        one.setdefault("status", "PRIMARY" if n == 1 else "ACTIVE")
        one["taskDefinition"] = _revision(w, one.get("taskDefinition"))
    for n, one in enumerate(found.get("taskSets") or [], 1):
        one.setdefault("id", f"ecs-svc/{n}")
        one.setdefault("taskSetArn", w.arn("ecs", f"task-set/{short}/{name}/{one['id']}"))
        one.setdefault("status", "PRIMARY" if n == 1 else "ACTIVE")
        one["taskDefinition"] = _revision(w, one.get("taskDefinition"))
    return found


def _either(pattern: Item, item: Item, placed: str) -> Item:
    """Return a pattern without launch type where capacity providers place: AWS says one alone."""
    if item.get(placed) and "launchType" not in item:
        return {k: v for k, v in pattern.items() if k != "launchType"}
    return pattern


def _revision(w: World, named: Any) -> Any:
    if isinstance(named, str) and not named.startswith("arn:"):
        if ":" not in named:
            found = [d for d in w.items(DEFINITIONS) if d.get("family") == named]
            named = f"{named}:{found[-1]['revision'] if found else 1}"
        return w.arn("ecs", f"task-definition/{named}")
    return named or w.first(DEFINITIONS, "taskDefinitionArn")


def _task(w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(_either(pattern, item, "capacityProviderName"), item)
    cluster = found["clusterArn"] = _cluster_of(w, item)
    if "taskArn" not in item:
        found["taskArn"] = w.arn("ecs", f"task/{cluster.rsplit('/', 1)[-1]}/t{number}")
    found["taskDefinitionArn"] = _revision(w, item.get("taskDefinitionArn"))
    if "group" not in item and w.first("ecs.DescribeServices", "serviceName"):
        found["group"] = f"service:{w.first('ecs.DescribeServices', 'serviceName')}"
    on_host = "containerInstanceArn" in pattern or found.get("launchType") == "EC2"
    if on_host and "containerInstanceArn" not in item:
        host = w.first("ecs.DescribeContainerInstances", "containerInstanceArn")
        found["containerInstanceArn"] = host
    named = found.get("containerInstanceArn")
    if isinstance(named, str) and not named.startswith("arn:"):
        found["containerInstanceArn"] = w.arn(
            "ecs", f"container-instance/{cluster.rsplit('/', 1)[-1]}/{named}"
        )
    return found


def _instance(w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(pattern, item)
    cluster = _cluster_of(w, item).rsplit("/", 1)[-1]
    if "containerInstanceArn" not in item:
        found["containerInstanceArn"] = w.arn("ecs", f"container-instance/{cluster}/ci{number}")
    if "ec2InstanceId" not in item:
        found["ec2InstanceId"] = host_id(number)
    return found


def host_id(number: int) -> str:
    """Return the EC2 instance behind the container instance of a number."""
    return f"i-0000000000000ci{number}"


def _ec2(_w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(pattern, item)
    if "InstanceId" not in item:
        found["InstanceId"] = host_id(number)
    return found


def _cluster(w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(pattern, item)
    name = item.get("clusterName") or numbered("main", number)
    found["clusterName"] = name
    found["clusterArn"] = item.get("clusterArn") or w.arn("ecs", f"cluster/{name}")
    return found


def _subnet(w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(pattern, item)
    found["SubnetId"] = item.get("SubnetId") or f"subnet-0aa{number}"
    if "SubnetArn" not in item:
        found["SubnetArn"] = w.arn("ec2", f"subnet/{found['SubnetId']}")
    return found


def _image(_w: World, item: Item, pattern: Item, number: int) -> Item:
    """Complete an image of a repository: a further one has a digest of its own, and no tag."""
    found: Item = laid(pattern, item)
    if number > 1 and "imageDigest" not in item:
        found["imageDigest"] = f"sha256:{number:064x}"
        found["imageTags"] = item.get("imageTags") or []
    return found


def _role(w: World, item: Item, _pattern: Item, number: int) -> Item:
    # A named role of the world is replaced, not laid over: its grants would leak into the case.
    # Who assumes it, and on which hosts, stays.
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": w.place[0]}}}]}  # fmt: skip
    bare: Item = {"Path": "/", "CreateDate": "2026-01-05T09:00:00Z", "RolePolicyList": [],
                  "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": [],
                  "InstanceProfileList": [], "Tags": []}  # fmt: skip
    name = item.get("RoleName") or numbered("web-task", number)
    named = [i for i in w.items(ROLE_LIST) if i["RoleName"] == name]
    kept: Item = {k: named[0][k] for k in ASSUMED if named and k in named[0]}
    found: Item = laid({**bare, **kept}, item)
    found["RoleName"] = name
    found["Arn"] = item.get("Arn") or w.arn("iam", f"role/{name}")
    return found


def _template(_w: World, item: Item, pattern: Item, number: int) -> Item:
    bare = {
        "LaunchTemplateId": "lt-0123456789abcdef0",
        "LaunchTemplateName": "main",
        "VersionNumber": number,
        "DefaultVersion": number == 1,
        "LaunchTemplateData": {},
    }
    return laid(laid(bare, pattern), item)  # type: ignore[no-any-return]


def _group(w: World, item: Item, pattern: Item, number: int) -> Item:
    found: Item = laid(pattern, item)
    name = found["logGroupName"] = item.get("logGroupName") or numbered("/ecs/web", number)
    found["logGroupArn"] = item.get("logGroupArn") or w.arn("logs", f"log-group:{name}")
    return found


COMPLETE: dict[str, Callable[..., Item]] = {
    DEFINITIONS: _definition,
    "ecs.DescribeServices": _service,
    "ecs.DescribeTasks": _task,
    "ecs.DescribeContainerInstances": _instance,
    "ecs.DescribeClusters": _cluster,
    "ec2.DescribeInstances": _ec2,
    "ec2.DescribeLaunchTemplateVersions": _template,
    "iam.GetAccountAuthorizationDetails.RoleDetailList": _role,
    "iam.GetAccountAuthorizationDetails.Policies": named(
        "iam", "PolicyName", "Arn", "policy/{}", "policy"),
    "logs.DescribeLogGroups": _group,
    "ecr.DescribeRepositories": named(
        "ecr", "repositoryName", "repositoryArn", "repository/{}", "web"),
    "secretsmanager.ListSecrets": named(
        "secretsmanager", "Name", "ARN", "secret:{}-AbCdEf", "secret"),
    "ssm.DescribeParameters": named("ssm", "Name", "", "", "parameter"),
    "efs.DescribeFileSystems": named(
        "elasticfilesystem", "FileSystemId", "FileSystemArn", "file-system/{}",
        "fs-0123456789abcdef0"),
    "efs.DescribeAccessPoints": of_first("efs.DescribeFileSystems", "FileSystemId", named(
        "elasticfilesystem", "AccessPointId", "AccessPointArn", "access-point/{}",
        "fsap-0123456789abcdef0")),
    "efs.DescribeMountTargets": of_first("efs.DescribeFileSystems", "FileSystemId", counted(
        "MountTargetId", "fsmt-0aa{}")),
    "ec2.DescribeSubnets": _subnet,
    "ec2.DescribeSecurityGroups": counted("GroupId", "sg-0aa{}"),
    "ec2.DescribeSecurityGroupRules": of_first("ec2.DescribeSecurityGroups", "GroupId", counted(
        "SecurityGroupRuleId", "sgr-0aa{}")),
    "ec2.DescribeNetworkInterfaces": counted("NetworkInterfaceId", "eni-0p{}"),
    "ec2.DescribeImages": counted("ImageId", "ami-0aa{}"),
    "ec2.DescribeInstanceTypes": named("", "InstanceType", "", "", "c5.large"),
    "ssm.GetParameters": named(
        "", "Name", "", "",
        "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"),
    "ssm.DescribeInstanceInformation": _ec2,
    "ecr.DescribeImages": of_first("ecr.DescribeRepositories", "repositoryName", _image),
    "ecr.BatchGetRepositoryScanningConfiguration": of_nth(
        "ecr.DescribeRepositories", "repositoryName", "repositoryName"),
    "ecs.DescribeCapacityProviders": named(
        "ecs", "name", "capacityProviderArn", "capacity-provider/{}", "main"),
    "ecs.DescribeServiceRevisions": counted(
        "serviceRevisionArn", "service-revision/main/web/{}", "ecs"),
    "ecs.GetTaskProtection": of_nth("ecs.DescribeTasks", "taskArn", "taskArn"),
    "resourcegroupstaggingapi.GetResources": of_nth(
        DEFINITIONS, "taskDefinitionArn", "ResourceARN"),
    "autoscaling.DescribeAutoScalingGroups": named(
        "autoscaling", "AutoScalingGroupName", "AutoScalingGroupARN",
        "autoScalingGroup:1111:autoScalingGroupName/{}", "ecs-main"),
    "autoscaling.DescribeLifecycleHooks": named("", "LifecycleHookName", "", "", "hook"),
    "elbv2.DescribeTargetGroups": named(
        "elasticloadbalancing", "TargetGroupName", "TargetGroupArn",
        "targetgroup/{}/0123456789abcdef", "web"),
    "elbv2.DescribeLoadBalancers": named(
        "elasticloadbalancing", "LoadBalancerName", "LoadBalancerArn",
        "loadbalancer/app/{}/0123456789abcdef", "web"),
    "elbv2.DescribeListeners": of_first("elbv2.DescribeLoadBalancers", "LoadBalancerArn",
        counted("ListenerArn", "listener/app/web/0123456789abcdef/{:016}",
                 "elasticloadbalancing")),
    "iam.GetAccountAuthorizationDetails.UserDetailList": named(
        "iam", "UserName", "Arn", "user/{}", "user"),
    "iam.GetAccountAuthorizationDetails.GroupDetailList": named(
        "iam", "GroupName", "Arn", "group/{}", "group"),
}  # fmt: skip
# What names an item: it goes over the world's item of that name.
NAMES = {
    "ec2.DescribeSubnets": "SubnetId",
    "ec2.DescribeSecurityGroupRules": "SecurityGroupRuleId",
    "ecs.ListAccountSettings": "name",
    "ssm.GetParameters": "Name",
}


def _opened(item: Item) -> Item:
    """Return a definition without the envelope of its answer."""
    inner = item.get("taskDefinition")
    return {**inner, "tags": item.get("tags") or []} if isinstance(inner, dict) else item


OPENED: dict[str, Callable[[Item], Item]] = {DEFINITIONS: _opened}
