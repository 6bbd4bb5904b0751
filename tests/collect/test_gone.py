"""What is gone is left out, and takes nothing along: neither its batch nor its table."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import boto3
import pytest

from auditor import catalog
from auditor.collectors import collectors
from auditor.collectors.base import Call
from auditor.collectors.facts import Facts
from auditor.collectors.gaps import Gap
from auditor.collectors.reader import Options, Reader, Shared
from auditor.collectors.source import AnswerError
from auditor.schema import Item, Scope
from auditor.secrets.masking import Masker
from bench.moto_account import fill
from tests.collect.servers import LOGIN, REGION, document, rows, words_for
from tests.conftest import audit
from tests.serving import serving

SCOPE = Scope("111122223333", "eu-west-1", "aws")
BALANCERS, NETWORKS = collectors()["load_balancers"], collectors()["networks"]
SCALING = collectors()["auto_scaling_groups"]
GROUPS, HEALTH = BALANCERS.calls[0], BALANCERS.calls[2]
SUBNETS = NETWORKS.calls[0]
RULE = """/* ---
title: The host is gone
severity: low
confidence: certain
why: >
  Nothing runs there.
fix: >
  Deregister it.
refs: [https://example.com/hosts]
--- */
select
    c.container_instance_arn as resource,
    null::varchar as part,
    case when e.ec2_instance_id is null then 'fail' else 'pass' end as status,
    coalesce(e.http_tokens, 'There is no such instance.') as reason
from container_instances as c
left join ec2_instances as e on c.ec2_instance_id = e.ec2_instance_id
"""


class Account:
    """A source that has some ids, refuses requests that name others, and remembers the requests."""

    def __init__(self, *has: str, code: str = "TargetGroupNotFound") -> None:
        self.has, self.code, self.asked = has, code, list[list[str]]()

    def call(self, _scope: Scope, call: Call, params: Any) -> Item:
        ids = list(call.named(params)) or [params[call.one]]
        self.asked.append(ids)
        if not call.filter and not set(ids) <= set(self.has):
            raise AnswerError(self.code, "not found", 400)
        # A fake AWS may know no filters; an id with a wildcard finds others too.
        found = self.has if call.filter else ids
        return {call.items or "": [{call.key: one} for one in found]}


def reading(source: Any, collector: Any = BALANCERS) -> Reader:
    shared = Shared(
        source=source, facts=Facts(frozenset()), tables=catalog.tables(), masker=Masker(b"\0" * 32),
        options=Options(workers=0), stop=threading.Event(), widened=catalog.widened,
        expired=set(),
    )  # fmt: skip
    return Reader(SCOPE, collector, shared)


def gaps_of(reader: Reader) -> list[Gap]:
    return reader.close()[1]


def test_a_batch_is_halved_down_to_what_is_gone() -> None:
    every = [f"arn:{n:02}" for n in range(40)]
    source = Account(*(one for one in every if one != "arn:07"))
    reader = reading(source)
    found = {g["TargetGroupArn"] for g in reader.describe(GROUPS, every)}
    assert found == set(every) - {"arn:07"}
    assert gaps_of(reader) == []
    assert len(source.asked) <= 2 + 2 * 5


def test_a_table_is_empty_and_read_where_all_of_it_is_gone() -> None:
    reader = reading(Account())
    assert list(reader.describe(GROUPS, ["arn:1", "arn:2", "arn:3"])) == []
    records, gaps = reader.close()
    assert gaps == []
    assert {r.status for r in records} == {"ok"}


def test_another_error_of_a_batch_is_a_gap() -> None:
    reader = reading(Account(code="AccessDenied"))
    assert list(reader.describe(GROUPS, ["arn:1", "arn:2"])) == []
    (gap,) = gaps_of(reader)
    assert (gap.call, gap.status, gap.resource) == (GROUPS.name, "denied", None)


def test_what_ended_between_two_calls_is_left_out_of_the_second() -> None:
    reader = reading(Account())
    asked = [(one, {"TargetGroupArn": one}) for one in ("arn:1", "arn:2")]
    assert list(reader.get_each(HEALTH, asked)) == []
    assert gaps_of(reader) == []


def test_a_filter_takes_two_hundred_ids_and_finds_no_more_than_them() -> None:
    every = [f"subnet-{n:03}" for n in range(250)]
    source = Account(*every, "subnet-9")
    reader = reading(source, NETWORKS)
    found = [s["SubnetId"] for s in reader.describe(SUBNETS, [*every[1:], "subnet-*"])]
    assert sorted(found) == every[1:]
    assert [len(ids) for ids in source.asked] == [200, 50]


def test_a_batch_of_several_pages_is_read_whole() -> None:
    class Hesitant(Account):
        """Answers one group a page, though a hundred were asked for."""

        def call(self, _scope: Scope, call: Call, params: Any) -> Item:
            at = int(params.get("NextToken", 0))
            more = {"NextToken": str(at + 1)} if at + 1 < len(self.has) else {}
            return {call.items or "": [{call.key: self.has[at]}], **more}

    reader = reading(Hesitant("a", "b", "c"), SCALING)
    found = [g["AutoScalingGroupName"] for g in reader.describe(SCALING.calls[0], ["a", "b", "c"])]
    assert found == ["a", "b", "c"]
    assert gaps_of(reader) == []


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folders of an audit whose account names what is gone, and of its recording."""
    folder = tmp_path_factory.mktemp("gone")
    with serving(["-m", "tests.collect.moto_server", "-H", "127.0.0.1", "-p", "{port}"]) as address:
        fill(address, definitions=2, services=2, roles=2, instances=4)
        _plant(address)
        own = folder / "own" / "TST901_host_gone.sql"
        own.parent.mkdir()
        own.write_text(RULE)
        judging = ("--rules", str(own.parent), "--format", "json", "--with-passes")
        done = audit("run", *words_for(address), *judging, "--record", "kept", cwd=folder, **LOGIN)
        assert done.returncode == 1, done.stderr
    again = tmp_path_factory.mktemp("again")
    done = audit("run", "--from", str(folder / "kept"), *judging, cwd=again)
    assert done.returncode == 1, done.stderr
    return folder, again


def _plant(address: str) -> None:
    """Let a host, a subnet, a security group and a target group be gone that ECS still names."""
    login: dict[str, Any] = {"endpoint_url": address, "region_name": REGION,
                             "aws_access_key_id": "x", "aws_secret_access_key": "x"}  # fmt: skip
    ecs, ec2, elb = (boto3.client(name, **login) for name in ("ecs", "ec2", "elbv2"))
    hosts = ec2.describe_instances()["Reservations"]
    ec2.terminate_instances(InstanceIds=[hosts[-1]["Instances"][0]["InstanceId"]])
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = [
        elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
        for name in ("kept", "deleted")
    ]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.200.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="left", Description="x", VpcId=vpc)["GroupId"]
    network = {"subnets": [subnet], "securityGroups": [group]}
    ecs.create_service(
        cluster="c0", serviceName="left", taskDefinition="f1", desiredCount=1, launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        loadBalancers=[{"targetGroupArn": one["TargetGroupArn"], "containerName": "app",
                        "containerPort": 80} for one in made],
    )  # fmt: skip
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)
    elb.delete_target_group(TargetGroupArn=made[1]["TargetGroupArn"])


@pytest.mark.long
@pytest.mark.parametrize("source", ["aws", "its recording"])
def test_a_gone_host_has_no_row_and_the_others_are_judged(
    left: tuple[Path, Path], source: str
) -> None:
    folder = left[source != "aws"]
    hosts = rows(
        folder,
        """
        select count(*)::int as registered, count(e.ec2_instance_id)::int as found
        from container_instances c
        left join ec2_instances e on e.ec2_instance_id = c.ec2_instance_id""",
    )
    assert hosts == [{"registered": 4, "found": 3}]
    names = rows(folder, "select target_group_name from load_balancer_target_groups")
    assert names == [{"target_group_name": "kept"}]
    known = rows(folder, "select distinct id from service_network where id in "
                 "(select subnet_id from subnets union select security_group_id "
                 "from security_groups)")  # fmt: skip
    assert len(known) == 2
    calls = {c["call"] for c in document(folder)["coverage"] if c["error"]}
    assert not {call for call in calls if call.startswith(("ec2:", "elasticloadbalancing:"))}
    (judged,) = (r["counts"] for r in document(folder)["rules"] if r["id"] == "TST901")
    assert (judged["fail"], judged["pass"], judged["unknown"]) == (1, 3, 0)
