"""What collectors declare of each call, held against the SDK's own models and AWS's documents."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from auditor.collectors import collectors
from auditor.collectors.base import Call

# Page sizes that AWS documents and the models leave out.
PAGES = {
    "autoscaling:DescribeAutoScalingGroups": 100,
    "ec2:DescribeImages": 1000,
    "ec2:DescribeInstances": 1000,
    "ecs:DescribeCapacityProviders": 10,
    "ecs:ListAccountSettings": 10,
    "ecs:ListClusters": 100,
    "ecs:ListContainerInstances": 100,
    "ecs:ListDaemons": 100,
    "ecs:ListServices": 100,
    "ecs:ListTaskDefinitions": 100,
    "ecs:ListTasks": 100,
    "efs:DescribeAccessPoints": 100,
    "efs:DescribeFileSystems": 100,
    "efs:DescribeMountTargets": 100,
    "resourcegroupstaggingapi:GetResources": 100,
}
# Ids a request: documented likewise, or our own where AWS names no limit but that of the request.
BATCHES = {
    "autoscaling:DescribeAutoScalingGroups": 100,
    "ec2:DescribeImages": 200,
    "ec2:DescribeInstances": 200,
    "ec2:DescribeInstanceTypes": 200,
    "ec2:DescribeSecurityGroups": 200,
    "ec2:DescribeSubnets": 200,
    "ecs:DescribeClusters": 100,
    "ecs:DescribeContainerInstances": 100,
    "ecs:DescribeDaemonRevisions": 20,
    "ecs:DescribeServiceRevisions": 20,
    "ecs:DescribeServices": 10,
    "ecs:DescribeTasks": 100,
    "ecs:GetTaskProtection": 100,
    "elbv2:DescribeLoadBalancers": 20,
    "elbv2:DescribeTargetGroups": 20,
}
CALLS = {call.name: call for c in collectors().values() for call in c.calls}
SESSION = botocore.session.get_session()


def shapes(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the members of a call's request and answer."""
    model = SESSION.get_service_model(call.service).operation_model(call.operation)
    asked, said = model.input_shape, model.output_shape
    return dict(asked.members) if asked else {}, dict(said.members) if said else {}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_page_is_the_largest_that_aws_gives(name: str) -> None:
    call = CALLS[name]
    asked, said = shapes(call)
    if call.page is None:
        assert name not in PAGES
        return
    parameter, size = call.page
    assert size == asked[parameter].metadata.get("max", PAGES.get(name))
    assert call.token[0] in asked
    assert call.token[1] in said


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_batch_is_the_largest_that_aws_takes(name: str) -> None:
    call = CALLS[name]
    asked, _ = shapes(call)
    if call.batch is None:
        assert name not in BATCHES
        return
    parameter, size = call.batch
    assert asked[parameter].type_name == "list"
    assert size == asked[parameter].metadata.get("max", BATCHES.get(name))


@pytest.mark.parametrize("name", sorted(CALLS))
def test_every_name_in_a_declaration_is_one_of_the_api(name: str) -> None:
    call = CALLS[name]
    asked, said = shapes(call)
    for parameter in (*call.fixed, *call.parents, *filter(None, [call.one])):
        assert parameter in asked
    for further in call.more:
        assert said[further].type_name == "list"
    members: dict[str, Any] = said
    for step in (call.items or "").split(".") if call.items else ():
        assert members[step].type_name == "list"
        inner = members[step].member
        members = dict(inner.members) if inner.type_name == "structure" else {}
    if call.items and call.key and members:
        assert call.key in members


@pytest.mark.parametrize("name", sorted(CALLS))
def test_what_is_asked_for_passes_the_sdk(name: str) -> None:
    """A misspelt value of an enumeration is refused by AWS alone, so the model is asked."""
    call = CALLS[name]
    asked, _ = shapes(call)
    for parameter, value in call.fixed.items():
        shape = asked[parameter]
        said = value if isinstance(value, dict) else {None: value}
        for member, given in said.items():
            inner = shape.members[member] if member else shape
            known = getattr(inner.member if inner.type_name == "list" else inner, "enum", [])
            for one in given if isinstance(given, list) else [given]:
                assert not known or one in known


def test_two_collectors_declare_a_shared_call_alike() -> None:
    made: dict[str, Call] = {}
    for collector in collectors().values():
        for call in collector.calls:
            assert made.setdefault(call.name, call) == call
