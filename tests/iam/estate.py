"""A recorded account with many broad roles, and execution roles that cannot read their secrets."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

from auditor.resources import builtin

ACCOUNT, REGION = "111122223333", "eu-west-1"
Item = dict[str, Any]
BROAD = (
    {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
    {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "arn:aws:s3:::*"},
    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
    {"Effect": "Allow", "Action": ["iam:PassRole", "ecs:*"], "Resource": "*"},
    {"Effect": "Allow", "Action": "iam:Attach*", "Resource": "*"},
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/*"},
)


def document(*statements: Item) -> Item:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any) -> Item:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def secret(name: str) -> str:
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-Qw12Er"


def task_policies(n: int) -> tuple[list[Item], list[Item]]:
    """Return (inline, attached) of the n-th task role: 3 administrators, 8 inline, 34 managed."""
    if n < 3:
        arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        return [], [{"PolicyName": "AdministratorAccess", "PolicyArn": arn}]
    if n < 11:
        wide = document(allow(["s3:*", "kms:Decrypt"], "*"))
        return [{"PolicyName": "data", "PolicyDocument": wide}], []
    if n < 45:
        name = f"broad-{n % len(BROAD)}"
        arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
        return [], [{"PolicyName": name, "PolicyArn": arn}]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs-{n}"
    return [{"PolicyName": "queue", "PolicyDocument": document(allow("sqs:*", queue))}], []


def managed() -> list[Item]:
    """Return the managed policies as the account lists them."""
    named = {"arn:aws:iam::aws:policy/AdministratorAccess": document(allow("*", "*"))}
    for n, statement in enumerate(BROAD):
        named[f"arn:aws:iam::{ACCOUNT}:policy/broad-{n}"] = document(statement)
    return [
        {"Arn": arn, "PolicyName": arn.rsplit("/", 1)[-1], "DefaultVersionId": "v1",
         "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": d}]}
        for arn, d in named.items()
    ]  # fmt: skip


def write(folder: Path, count: int = 60, refused: int = 20) -> Path:
    """Write the recording: ``count`` services, the first ``refused`` without their secret."""
    shutil.copytree(builtin("worlds") / "fargate", folder)
    here, world = folder / ACCOUNT / REGION, folder / ACCOUNT / "global"

    def read(path: Path) -> Item:
        return dict(json.loads(path.read_text()))

    roles_file = world / "iam.GetAccountAuthorizationDetails.RoleDetailList.json"
    named = {role["RoleName"]: role for role in read(roles_file)["items"]}
    task, execution = named["web-task"], named["web-execution"]
    roles, definitions, services, secrets = [], [], [], []
    answer = read(here / "ecs.DescribeTaskDefinition.json")["answers"][0]
    service = read(here / "ecs.DescribeServices.json")["items"][0]
    for n in range(count):
        inline, attached = task_policies(n)
        roles.append({**task, "RolePolicyList": inline, "AttachedManagedPolicies": attached,
                      **_named(f"task-{n}")})  # fmt: skip
        grants = [*execution["RolePolicyList"]]
        if n >= refused:
            read_it = document(allow("secretsmanager:GetSecretValue", secret(f"db-{n}")))
            grants.append({"PolicyName": "secret", "PolicyDocument": read_it})
        roles.append({**execution, "RolePolicyList": grants, **_named(f"execution-{n}")})
        definitions.append(_definition(answer, n))
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/app-{n}"
        services.append({**service, "serviceArn": arn, "serviceName": f"app-{n}",
                         "taskDefinition": definitions[-1]["params"]["taskDefinition"]})  # fmt: skip
        secrets.append({"ARN": secret(f"db-{n}"), "Name": f"db-{n}"})
    _write(roles_file, {"items": roles})
    _write(world / "iam.GetAccountAuthorizationDetails.Policies.json", {"items": managed()})
    _write(here / "ecs.DescribeTaskDefinition.json", {"answers": definitions})
    listed = [d["params"]["taskDefinition"] for d in definitions]
    _write(here / "ecs.ListTaskDefinitions.json", {"items": listed})
    _write(here / "ecs.DescribeServices.json", {"items": services})
    _write(here / "ecs.ListServices.json", {"items": [s["serviceArn"] for s in services]})
    _write(here / "ecs.DescribeTasks.json", {"items": []})
    _write(here / "ecs.ListTasks.json", {"items": []})
    _write(here / "secretsmanager.ListSecrets.json", {"items": secrets})
    none = [{"params": {"SecretId": s["ARN"]}, "response": {"ARN": s["ARN"]}} for s in secrets]
    _write(here / "secretsmanager.GetResourcePolicy.json", {"answers": none})
    return folder


def _named(name: str) -> Item:
    return {"RoleName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}


def _definition(answer: Item, n: int) -> Item:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/app-{n}:1"
    made = copy.deepcopy(answer)
    made["params"]["taskDefinition"] = arn
    definition = made["response"]["taskDefinition"]
    definition |= {"taskDefinitionArn": arn, "family": f"app-{n}",
                   "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/task-{n}",
                   "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution-{n}"}  # fmt: skip
    definition["containerDefinitions"][0]["secrets"] = [
        {"name": "DB", "valueFrom": f"{secret(f'db-{n}')}:password::"}
    ]
    return made


def _write(path: Path, found: Item) -> None:
    path.write_text(json.dumps(found))
