"""Case files say what their author expects them to: items, scopes, references, refusals, faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.casebench.bench import collected, run_cases
from auditor.casebench.overlay import declared, recorded
from auditor.casebench.shapes import doubts
from auditor.collectors.recording import Recording
from auditor.errors import RuleError
from auditor.rules import load_all

HOME = ("111122223333", "eu-west-1")
FILE = Path("x.cases.yaml")


def laid(case: dict[str, Any], world: str = "fargate") -> Recording:
    return recorded(case, world, FILE)


def items(found: Recording, name: str, place: tuple[str, str] = HOME) -> list[Any]:
    operation = found.scopes[place][name]
    return operation.items if operation.items is not None else operation.answers


def definitions(found: Recording, place: tuple[str, str] = HOME) -> list[dict[str, Any]]:
    answers = items(found, "ecs.DescribeTaskDefinition", place)
    return [a.response["taskDefinition"] for a in answers]


def test_revisions_are_numbered_within_their_family() -> None:
    found = laid({"ecs.DescribeTaskDefinition": [{}, {}, {"family": "api"}, {"family": "api"}]})
    assert [f"{d['family']}:{d['revision']}" for d in definitions(found)] == [
        "web:1", "web:2", "api:1", "api:2",
    ]  # fmt: skip
    assert len(items(found, "ecs.ListTaskDefinitions")) == 4


def test_mappings_merge_lists_replace_null_removes_containers_go_by_position() -> None:
    one = {
        "runtimePlatform": {"cpuArchitecture": "ARM64"},
        "requiresCompatibilities": [],
        "cpu": None,
        "containerDefinitions": [{"image": "a"}, {"name": "b", "portMappings": []}],
    }
    (definition,) = definitions(laid({"ecs.DescribeTaskDefinition": [one]}))
    first, second = definition["containerDefinitions"]
    assert definition["runtimePlatform"] == {
        "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX",
    }  # fmt: skip
    assert "cpu" not in definition
    assert (first["name"], first["image"], first["memory"]) == ("app", "a", 512)
    assert (second["name"], second["portMappings"], second["memory"]) == ("b", [], 512)


def test_an_answer_s_envelope_may_be_written_too() -> None:
    said = {"taskDefinition": {"family": "api"}, "tags": [{"key": "a", "value": "b"}]}
    found = laid({"ecs.DescribeTaskDefinition": [said]})
    assert definitions(found)[0]["taskDefinitionArn"].endswith(":task-definition/api:1")
    assert items(found, "ecs.DescribeTaskDefinition")[0].response["tags"] == said["tags"]


def test_an_item_moves_with_its_names_to_another_account_and_region() -> None:
    found = laid(
        {
            "ecs.DescribeTaskDefinition": [{}, {"@account": "222233334444"}],
            "logs.DescribeLogGroups": [{}, {"@region": "us-east-1", "logGroupName": "/far"}],
        }
    )
    other = definitions(found, ("222233334444", "eu-west-1"))[0]
    assert other["taskDefinitionArn"].startswith("arn:aws:ecs:eu-west-1:222233334444:")
    (group,) = items(found, "logs.DescribeLogGroups", (HOME[0], "us-east-1"))
    assert group["logGroupArn"] == "arn:aws:logs:us-east-1:111122223333:log-group:/far"
    assert {s.account: s.regions for s in found.manifest.scopes} == {
        HOME[0]: ["eu-west-1", "us-east-1"], "222233334444": ["eu-west-1"],
    }  # fmt: skip


def test_what_is_left_out_points_to_the_first_of_its_kind() -> None:
    found = laid(
        {
            "ecs.DescribeClusters": [{"clusterName": "blue"}],
            "ecs.DescribeTaskDefinition": [{"family": "api", "revision": 7}],
            "ecs.DescribeServices": [{"serviceName": "front"}],
            "ec2.DescribeInstances": [{"InstanceId": "i-0abc"}],
            "ec2.DescribeImages": [{"ImageId": "ami-0new"}],
            "ec2.DescribeSubnets": [{"SubnetId": "subnet-0new"}],
        },
        "ec2",
    )
    (service,), (task,), (host,), (machine,) = (
        items(found, name)
        for name in ("ecs.DescribeServices", "ecs.DescribeTasks",
                     "ecs.DescribeContainerInstances", "ec2.DescribeInstances")
    )  # fmt: skip
    assert service["serviceArn"].endswith(":service/blue/front")
    assert service["taskDefinition"].endswith(":task-definition/api:7")
    assert service["deployments"][0]["taskDefinition"] == service["taskDefinition"]
    assert service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-0new"]
    assert (task["group"], task["clusterArn"]) == ("service:front", service["clusterArn"])
    assert task["containerInstanceArn"] == host["containerInstanceArn"]
    assert host["containerInstanceArn"].endswith(":container-instance/blue/ci1")
    assert (host["ec2InstanceId"], machine["ImageId"]) == ("i-0abc", "ami-0new")


NAMED = {
    "autoscaling.DescribeAutoScalingGroups": ("AutoScalingGroupName", "AutoScalingGroupARN"),
    "autoscaling.DescribeLifecycleHooks": ("LifecycleHookName",),
    "ec2.DescribeImages": ("ImageId",),
    "ec2.DescribeInstanceTypes": ("InstanceType",),
    "ec2.DescribeNetworkInterfaces": ("NetworkInterfaceId",),
    "ec2.DescribeSecurityGroupRules": ("SecurityGroupRuleId",),
    "ec2.DescribeSecurityGroups": ("GroupId",),
    "ecr.DescribeImages": ("imageDigest",),
    "ecs.DescribeServiceRevisions": ("serviceRevisionArn",),
    "ecs.GetTaskProtection": ("taskArn",),
    "efs.DescribeAccessPoints": ("AccessPointId", "AccessPointArn"),
    "efs.DescribeMountTargets": ("MountTargetId",),
    "elbv2.DescribeListeners": ("ListenerArn",),
    "elbv2.DescribeLoadBalancers": ("LoadBalancerName", "LoadBalancerArn"),
    "elbv2.DescribeTargetGroups": ("TargetGroupName", "TargetGroupArn"),
    "iam.GetAccountAuthorizationDetails.GroupDetailList": ("GroupName", "Arn"),
    "iam.GetAccountAuthorizationDetails.UserDetailList": ("UserName", "Arn"),
    "resourcegroupstaggingapi.GetResources": ("ResourceARN",),
    "ssm.DescribeInstanceInformation": ("InstanceId",),
    "ssm.GetParameters": ("Name",),
}


@pytest.mark.parametrize("operation", NAMED)
def test_two_unnamed_things_are_two(operation: str) -> None:
    beside = {"ecs.DescribeTaskDefinition": [{}, {}], "ecs.DescribeTasks": [{}, {}]}
    place = (HOME[0], "global") if operation.startswith("iam.") else HOME
    found = items(laid({**beside, operation: [{}, {}]}, "ec2"), operation, place)
    for key in NAMED[operation]:
        assert len({item[key] for item in found}) == len(found) == 2, key


def test_what_a_case_leaves_unnamed_is_the_world_s_first() -> None:
    base = laid({}, "ec2").scopes[HOME]
    for operation, (key, *_) in NAMED.items():
        known = base[operation].items if operation in base else None
        if known:
            assert items(laid({operation: [{}]}, "ec2"), operation)[0][key] == known[0][key]


def test_a_named_group_is_the_one_of_the_world_s_capacity_provider_and_hosts() -> None:
    for _ in range(2):  # a world is laid under many cases
        group = "autoscaling.DescribeAutoScalingGroups"
        found = laid({group: [{"AutoScalingGroupName": "blue"}, {}]}, "ec2")
        (provider,) = items(found, "ecs.DescribeCapacityProviders")
        first, second = items(found, group)
        assert first["AutoScalingGroupARN"].endswith("autoScalingGroupName/blue")
        assert second["AutoScalingGroupName"] == "ecs-main2"
        of = provider["autoScalingGroupProvider"]["autoScalingGroupArn"]
        assert of == first["AutoScalingGroupARN"]
        (host,) = items(found, "ec2.DescribeInstances")
        assert host["Tags"] == [{"Key": "aws:autoscaling:groupName", "Value": "blue"}]
    (provider,) = items(laid({}, "ec2"), "ecs.DescribeCapacityProviders")
    assert provider["autoScalingGroupProvider"]["autoScalingGroupArn"].endswith("/ecs-main")


def test_a_capacity_provider_that_names_no_group_has_the_first_one() -> None:
    other = "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:2:autoScalingGroupName/x"
    groups = [{"AutoScalingGroupName": "blue"}, {"AutoScalingGroupARN": other}]
    named = {"autoScalingGroupProvider": {"autoScalingGroupArn": other}}
    case = {"autoscaling.DescribeAutoScalingGroups": groups,
            "ecs.DescribeCapacityProviders": [{"name": "p"}, named,
                                              {"autoScalingGroupProvider": None}]}  # fmt: skip
    first, second, third = items(laid(case, "ec2"), "ecs.DescribeCapacityProviders")
    of = [one["autoScalingGroupProvider"]["autoScalingGroupArn"] for one in (first, second)]
    assert of == [items(laid(case, "ec2"), "autoscaling.DescribeAutoScalingGroups")[0][
        "AutoScalingGroupARN"], other]  # fmt: skip
    assert "autoScalingGroupProvider" not in third


def test_several_answers_without_an_id_are_spread_over_the_things_one_is_meant_for_all() -> None:
    attribute = "ec2.DescribeInstanceAttribute"
    hosts = {"ecs.DescribeContainerInstances": [{}, {}], "ec2.DescribeInstances": [{}, {}]}
    found = items(laid({**hosts, attribute: [{}, {}]}, "ec2"), attribute)
    assert [one["InstanceId"] for one in found] == ["i-0000000000000ci1", "i-0000000000000ci2"]
    assert items(laid({**hosts, attribute: [{}]}, "ec2"), attribute) == [{}]


def test_each_express_answer_makes_a_service_an_express_one() -> None:
    express = "ecs.DescribeExpressGatewayService"
    found = laid({"ecs.DescribeServices": [{}, {}, {}], express: [{}, {}]})
    services = items(found, "ecs.DescribeServices")
    assert [s.get("resourceManagementType") for s in services] == ["ECS", "ECS", None]
    assert [one["serviceArn"] for one in items(found, express)] == [
        s["serviceArn"] for s in services[:2]
    ]


def test_a_strategy_of_capacity_providers_takes_the_place_of_the_launch_type() -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    found = laid({"ecs.DescribeServices": [{"capacityProviderStrategy": strategy}]})
    (service,) = items(found, "ecs.DescribeServices")
    assert "launchType" not in service
    assert service["deployments"][0]["capacityProviderStrategy"] == strategy


def test_task_sets_and_deployments_are_completed() -> None:
    found = laid(
        {
            "ecs.DescribeTaskDefinition": [{}, {}],
            "ecs.DescribeServices": [
                {
                    "deployments": [{}, {"taskDefinition": "web:2"}],
                    "taskSets": [{"taskDefinition": "web"}],
                }
            ],
        }
    )
    (service,) = items(found, "ecs.DescribeServices")
    assert [d["status"] for d in service["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert len({d["id"] for d in service["deployments"]}) == 2
    assert service["taskSets"][0]["taskDefinition"].endswith(":task-definition/web:2")


@pytest.mark.parametrize("envelope", [True, False])
def test_a_daemon_runs_the_daemon_task_definition_of_a_case(envelope: bool) -> None:
    said: dict[str, Any] = {"family": "router", "pidMode": "shared"}
    case = {"ecs.DescribeDaemonTaskDefinition": [
        {"daemonTaskDefinition": said} if envelope else said]}  # fmt: skip
    rule = load_all()["CTR005"]
    with collected(rule, case, "managed", FILE) as bound:
        found = bound.rows("select task_definition_arn, in_use from task_definitions "
                           "where is_daemon").rows  # fmt: skip
    arn = "arn:aws:ecs:eu-west-1:111122223333:daemon-task-definition/router:1"
    assert list(found) == [(arn, True)]


def test_an_earlier_snapshot_is_laid_over_the_world_and_not_over_the_case() -> None:
    case = {
        "ecs.DescribeContainerInstances": [{"status": "DRAINING"}],
        "earlier": [{"at": "2026-11-14T22:00:00+09:00"}],
    }
    with collected(load_all()["INS010"], case, "ec2", FILE) as bound:
        sql = "select read_at::varchar, status from container_instance_history order by read_at"
        found = [tuple(row) for row in bound.rows(sql).rows]
    assert found == [("2026-11-14 13:00:00", "ACTIVE"), ("2026-11-15 00:00:00", "DRAINING")]


@pytest.mark.parametrize(
    ("refused", "params"),
    [
        ("ecs.DescribeTaskDefinition", None),
        ({"call": "ecs.DescribeTaskDefinition", "resource": "web:1"}, {"taskDefinition": "web:1"}),
        ({"call": "ecs.ListServices", "resource": "main"}, {"cluster": "main"}),
        ({"call": "ecr.GetRepositoryPolicy", "resource": "web"}, {"repositoryName": "web"}),
        (
            {"call": "ec2:DescribeInstances", "resource": "i-1"},
            {"Filters": [{"Name": "instance-id", "Values": ["i-1"]}]},
        ),
    ],
)
def test_a_refusal_names_the_call_or_one_resource_of_it(refused: Any, params: Any) -> None:
    call = refused if isinstance(refused, str) else refused["call"].replace(":", ".")
    (error,) = laid({"denied": [refused]}, "ec2").scopes[HOME][call].errors
    assert (error.code, error.params) == ("AccessDeniedException", params)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"ecs.DescribeTaskDefinitoin": []}, "no operation of AWS"),
        ({"nothing.DescribeThings": []}, "no operation of AWS"),
        ({"denied": ["ecs.DescribeServcies"]}, "no operation of AWS"),
        ({"denied": [{"resource": "x"}]}, "names no call"),
        ({"ecs.DescribeServices": {"serviceName": "x"}}, "holds no list"),
    ],
)
def test_a_misspelt_case_is_told(case: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        laid(case)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"ecs.DescribeServices": [{"launchTyp": "EC2"}]},
         "ecs.DescribeServices has no member launchTyp; did you mean launchType?"),
        ({"ecs.DescribeServices": [{"launchType": "EC3"}]},
         "ecs.DescribeServices.launchType is never EC3; did you mean EC2?"),
        ({"ecs.DescribeTaskDefinition": [{"containerDefinitions": [{"privilegd": True}]}]},
         "ecs.DescribeTaskDefinition.containerDefinitions has no member privilegd; did you mean "
         "privileged?"),
        ({"ecs.DescribeTaskDefinition": [{"taskDefinition": {"famly": "x"}}]},
         "ecs.DescribeTaskDefinition.taskDefinition has no member famly; did you mean family?"),
        ({"ec2.DescribeInstances": [{"State": {"Nam": "running"}}]},
         "ec2.DescribeInstances.State has no member Nam; did you mean Name?"),
        ({"iam.GetAccountAuthorizationDetails.RoleDetailList": [{"RoleNam": "x"}]},
         "iam.GetAccountAuthorizationDetails.RoleDetailList has no member RoleNam; did you mean "
         "RoleName?"),
        ({"iam.GetAccountAuthorizationDetails.Polices": [{}]},
         "iam.GetAccountAuthorizationDetails.Polices: the answer has no list Polices; did you mean "
         "Policies?"),
        ({"elbv2.DescribeRules": [{}]}, "elbv2.DescribeRules is asked by no collector"),
        ({"denied": ["elbv2.DescribeRules"]}, "denied: elbv2.DescribeRules is asked by no"),
        ({"set": {"eni_pct": 3}}, "set: eni_pct is no threshold of the rule; did you mean eni_warn"),
        ({"finds": []}, "finds is empty and asks for nothing"),
        ({"earlier": [{"at": "2026-11-01", "ecs.DescribeTasks": [{"x": 1}]}]},
         "ecs.DescribeTasks has no member x"),
    ],
)  # fmt: skip
def test_what_aws_would_not_answer_so_is_doubted(case: dict[str, Any], said: str) -> None:
    (found,) = doubts(case, declared(), ["eni_warn_pct"])
    assert found.startswith(said)


@pytest.mark.parametrize(
    "case",
    [
        {"secretsmanager.GetResourcePolicy": [{"SecretId": "x", "ResourcePolicy": {"Any": 1}}]},
        {"ec2.DescribeInstanceAttribute": [{"InstanceId": "i-1", "UserData": {"Value": "x"}}]},
        {"ecs.DescribeContainerInstances": [{"clusterArn": "main", "@region": "eu-west-2"}]},
        {"ecs.DescribeTaskDefinition": [{"cpu": None, "tags": [{"key": "a", "value": "b"}]}]},
        {"ecs.DescribeDaemonTaskDefinition": [{"family": "x"}]},
        {"kms.DescribeKey": [{"KeyMetadata": {"KeyId": "x"}}, {"KeyId": "x", "Enabled": True}]},
        {"s3.ListObjectsV2": [{"Contents": [{"Key": "x"}]}], "denied": ["s3:ListObjectsV2"]},
        {"ecs.ListClusters": ["main"], "denied": [{"call": "ecs:ListClusters"}]},
    ],
)
def test_what_the_bench_takes_is_not_doubted(case: dict[str, Any]) -> None:
    assert list(doubts(case, declared(), [])) == []


def test_an_operation_that_nothing_here_calls_is_no_mistake() -> None:
    assert items(laid({"ecs.GetTaskProtection": [{"taskArn": "x"}]}), "ecs.GetTaskProtection")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"code": "ThrottlingException"}, "throttled"),
        ({"code": "ResourceNotFoundException"}, "failed"),
        ({}, "denied"),
    ],
)
def test_a_refusal_says_its_code(said: dict[str, str], status: str) -> None:
    case = {"denied": [{"call": "ecs.ListServices", **said}]}
    with collected(load_all()["SVC001"], case, "fargate", FILE) as bound:
        (found,) = bound.rows("select status, code from collection_gaps").rows
    assert tuple(found) == (status, said.get("code", "AccessDeniedException"))


def test_a_word_without_a_value_is_as_if_it_were_not_there() -> None:
    case = dict.fromkeys(("as_of", "set", "options", "denied", "earlier", "finds"))
    with collected(load_all()["SVC001"], case, "fargate", FILE) as bound:
        assert bound.rows("select service_arn from services").rows


@pytest.mark.parametrize("resource", ["ci2", None])
def test_a_resource_may_be_said_to_be_missing_among_the_failures(resource: str | None) -> None:
    name = "ecs.DescribeContainerInstances"
    refused = {"call": name, "code": "MISSING"} | ({"resource": resource} if resource else {})
    with collected(
        load_all()["INS010"], {name: [{}, {}], "denied": [refused]}, "ec2", FILE
    ) as bound:
        gaps = bound.rows("select resource, code from collection_gaps").rows
        hosts = bound.rows("select container_instance_arn from container_instances").rows
    arn = "arn:aws:ecs:eu-west-1:111122223333:container-instance/main/ci"
    lost = [f"{arn}2"] if resource else [f"{arn}1", f"{arn}2"]
    assert sorted(map(tuple, gaps)) == [(one, "MISSING") for one in lost]
    assert len(hosts) == 2 - len(lost)


def test_two_resources_of_one_call_may_be_refused() -> None:
    name = "ecs.DescribeTaskDefinition"
    refused = [{"call": name, "resource": one} for one in ("web:1", "api:1")]
    assert len(laid({"denied": refused}).scopes[HOME][name].errors) == 2


def test_a_rule_on_gaps_is_shown_those_of_every_call(tmp_path: Path) -> None:
    header = load_all()["SVC001"].path.read_text().split("--- */")[0]
    (tmp_path / "AUD001_gaps.sql").write_text(
        f"{header}--- */\nselect distinct account_arn as resource, null as part, 'fail' as status, "
        "call as reason from collection_gaps join accounts using (account_id);\n"
    )
    (tmp_path / "AUD001_gaps.cases.yaml").write_text(
        "bad:\n  a call that no table of the rule needs:\n"
        "    denied: [logs.DescribeLogGroups]\n"
        '    finds: [{reason: "logs:DescribeLogGroups"}]\n'
    )
    assert [r.fault for r in run_cases(str(tmp_path))] == [None]


@pytest.mark.parametrize("finds", ["", "    finds: []\n"])
def test_exactly_without_rows_says_what_it_means(tmp_path: Path, finds: str) -> None:
    case = "bad:\n  x:\n    ecs.DescribeTaskDefinition: [{requiresCompatibilities: [EC2], containerDefinitions: [{privileged: true}]}]\n"
    (tmp_path / "CTR001.yaml").write_text(f"{case}    exactly: true\n{finds}")
    (found,) = run_cases(cases=str(tmp_path))
    assert "names none; name in finds the rows" in str(found.fault)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("as_of: yesterday", "'yesterday' is no time; write it like"),
        ("as_of: [1]", "is no time"),
        ("as_of: '0001-01-01T00:00:00+14:00'", "is no time"),
        ("set: [1]", "set maps no thresholds"),
        ("set: {x: abc}", "set: x is 'abc'; write a number"),
        ("finds: x", "finds lists no rows"),
        ("finds: [x]", "finds lists no rows"),
        ("exactly: 'yes'", "exactly is 'yes'; write true or false"),
        ("earlier: [{at: x}]", "earlier: 'x' is no time"),
        ("earlier: {at: 2026-01-01}", "earlier lists no snapshots"),
        ("earlier: [{}]", "earlier: a snapshot has no time"),
        ("earlier: [{at: null}]", "earlier: a snapshot has no time"),
        ("options: all", "options maps nothing"),
        ("options: {revision: all}", "options holds 'revision'; did you mean revisions?"),
        ("options: {revisions: some}", "revisions is 'some'; write in-use or all"),
        ("denied: ecs.ListClusters", "denied holds no list"),
        ("denied: [{call: ecs.ListClusters, resorce: x}]", "did you mean resource?"),
        ("denied: [{call: ecs.ListClusters, code: 3}]", "denied: code is 3; write text"),
        ("denied: [{call: ecs.ListClusters, code: MISSING}]", "answers no failures"),
        ("1: []", "1 is no operation"),
        ("ecs.DescribeClusters: [3]", "ecs.DescribeClusters: item 1 is 3, no mapping"),
        ("ecs.DescribeServices: [{deployments: [3]}]", "ecs.DescribeServices: item 1 has another"),
        ("ecs.DescribeTaskDefinition: [{}, {family: null}]", "item 2 takes family away"),
        ("ecs.DescribeTaskDefinition: [{revision: null}]", "item 1 takes revision away"),
        ("ec2.DescribeInstances: [{InstanceId: null}]", "write them as AWS answers them"),
        ("ec2.DescribeInstances: [{InstanceId: i-1}]\n    exactly: true\n    exactly: true",
         "'exactly' stands twice"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_case_is_one_sentence_with_its_place(
    tmp_path: Path, case: str, said: str
) -> None:
    path = tmp_path / "INS010.yaml"
    path.write_text(f"world: ec2\nbad:\n  x:\n    {case}\n")
    with pytest.raises(RuleError) as told:
        list(run_cases(cases=str(tmp_path)))
    sentence = str(told.value)
    assert said in sentence
    assert sentence.startswith((f"{path}:3: ", f"{path}:6: "))
    assert "; " in sentence
    assert "\n" not in sentence


def test_keys_may_be_merged_from_elsewhere_in_the_file(tmp_path: Path) -> None:
    case = "{ecs.DescribeTaskDefinition: [{requiresCompatibilities: [EC2], containerDefinitions: [{privileged: true}]}], exactly: false}"
    (tmp_path / "CTR001.yaml").write_text(
        f"bad:\n  x: &x {case}\n  y: {{<<: *x, exactly: true, finds: [{{part: container/app}}]}}\n"
    )
    assert [r.fault for r in run_cases(cases=str(tmp_path))] == [None, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bad: {x: {}, x: {}}", ":1: 'x' stands twice; say it once"),
        ("bad:\n  x: {}\n  y: [", ":4: "),
        ("bad: {x: {as_of: 2027-13-45}}", "a date is none"),
        ("bad: {x: &x {ecs.DescribeClusters: [*x]}}", "holds itself"),
        (
            "bad: {x: {ecs.DescribeClusters: [{clusterName: '@token:nothing@'}]}}",
            ":1: @token:nothing@ is",
        ),
        ("\x80", "control characters are not allowed"),
        ("bad: [x]", "maps no titles"),
        ("bad: {x: [1]}", "no mapping of calls"),
        ("world: moon\nbad: {x: {}}", "is no world"),
        ("worse: {x: {}}", "something else than world"),
        ("bad: {x: ", "correct the YAML"),
    ],
)
def test_a_file_of_another_shape_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "CTR001.yaml").write_text(text)
    with pytest.raises(RuleError, match=said):
        list(run_cases(cases=str(tmp_path)))


def test_files_of_a_folder_are_known_by_their_rule(tmp_path: Path) -> None:
    case = "ecs.DescribeTaskDefinition: [{requiresCompatibilities: [EC2], containerDefinitions: [{privileged: true}]}]"
    for name in ("cases_CTR001.yaml", "CTR001_more.cases.yaml", "CTR001.yml"):
        (tmp_path / name).write_text(f"bad:\n  it is:\n    {case}\n")
    (tmp_path / "XYZ001_x.cases.yaml").write_text("bad: {}\n")
    found = list(run_cases(cases=str(tmp_path)))
    assert [r.rule for r in found if r.fault is None] == ["CTR001"] * 3
    assert [r.rule for r in found if r.fault] == ["XYZ001"]
    assert [r.rule for r in run_cases(cases=str(tmp_path), select=("CTR",))] == ["CTR001"] * 3


def test_a_refusal_may_hold_in_one_region_alone() -> None:
    refused = {"call": "ssm.DescribeParameters", "@region": "us-west-2"}
    scopes = laid({"denied": [refused]}, "ec2").scopes
    (account, home) = HOME
    assert not scopes[account, home]["ssm.DescribeParameters"].errors
    assert scopes[account, "us-west-2"]["ssm.DescribeParameters"].errors
    assert not scopes[account, "us-west-2"]["ecs.ListClusters"].errors


REFERRING = {
    "ecs.DescribeTasks": [{}],
    "ecs.DescribeServices": [{"taskDefinition": "api"}, {}],
    "ecs.DescribeContainerInstances": [{}],
    "ecs.DescribeTaskDefinition": [{"family": "api"}, {"family": "api"}],
    "ecs.DescribeClusters": [{"clusterName": "prod"}],
    "ecr.DescribeImages": [{}],
    "ecr.DescribeRepositories": [{"repositoryName": "shop"}],
    "efs.DescribeMountTargets": [{}],
    "efs.DescribeAccessPoints": [{}],
    "efs.DescribeFileSystems": [{"FileSystemId": "fs-0new"}],
}


@pytest.mark.parametrize("left_out", [(), *((name,) for name in REFERRING)], ids=str)
def test_the_order_of_the_calls_says_nothing(left_out: tuple[str, ...]) -> None:
    case = {name: given for name, given in REFERRING.items() if name not in left_out}
    one, other = laid(case, "ec2"), laid(dict(reversed(case.items())), "ec2")
    assert one.scopes == other.scopes


def test_what_follows_in_a_case_points_to_what_is_named_last() -> None:
    found = laid(REFERRING, "ec2")
    (task,), (host,), (image,), (target,) = (
        items(found, name)
        for name in ("ecs.DescribeTasks", "ecs.DescribeContainerInstances", "ecr.DescribeImages",
                     "efs.DescribeMountTargets")
    )  # fmt: skip
    service = items(found, "ecs.DescribeServices")[0]
    assert service["serviceArn"].endswith(":service/prod/web")
    assert service["taskDefinition"].endswith(":task-definition/api:2")
    assert host["containerInstanceArn"].endswith(":container-instance/prod/ci1")
    assert task["containerInstanceArn"] == host["containerInstanceArn"]
    assert (image["repositoryName"], target["FileSystemId"]) == ("shop", "fs-0new")


def test_a_call_stands_once_however_it_is_spelled() -> None:
    found = laid({"ecs:DescribeServices": [{"serviceName": "front"}, {}]})
    assert len(items(found, "ecs.ListServices")) == 2
    with pytest.raises(RuleError, match="stands twice"):
        laid({"ecs.DescribeServices": [{}], "ecs:DescribeServices": [{}]})


@pytest.mark.parametrize(
    "key",
    "PermissionsBoundary RolePolicyList Tags AttachedManagedPolicies InstanceProfileList "
    "RoleLastUsed AssumeRolePolicyDocument".split(),
)
def test_null_removes_a_key_of_a_role_too(key: str) -> None:
    name = "iam.GetAccountAuthorizationDetails.RoleDetailList"
    found = laid({name: [{"RoleName": "web-task", key: None}]})
    (role,) = [r for r in items(found, name, (HOME[0], "global")) if r["RoleName"] == "web-task"]
    assert key not in role
    assert role["Arn"] == f"arn:aws:iam::{HOME[0]}:role/web-task"


def test_null_leaves_nothing_where_there_was_nothing_to_remove() -> None:
    one = {"ephemeralStorage": {"sizeInGiB": None}, "volumes": [{"name": "data", "host": None}]}
    (definition,) = definitions(laid({"ecs.DescribeTaskDefinition": [one]}))
    assert (definition["ephemeralStorage"], definition["volumes"]) == ({}, [{"name": "data"}])
