"""Fill a fake AWS server: ``python -m bench.moto_account http://127.0.0.1:5000``."""

from __future__ import annotations

import json
import sys
from typing import Any, NamedTuple

import boto3

REGION = "eu-west-1"
CLUSTERS = 3
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        }
    ],
}


class Planted(NamedTuple):
    """What an audit of the filled account must find, by number."""

    definitions: int
    services: int
    roles: int
    instances: int
    passwords: int
    administrators: int
    whole_services: int
    imds_v1: int


def fill(
    url: str, definitions: int = 600, services: int = 60, roles: int = 120, instances: int = 20
) -> Planted:
    """Fill 3 clusters, plant faults in every tenth definition, eleven roles and each fourth host.

    A server that cannot register container instances is filled with ``instances=0``.
    """
    login: dict[str, Any] = {
        "endpoint_url": url,
        "region_name": REGION,
        "aws_access_key_id": "x",
        "aws_secret_access_key": "x",
    }
    iam, ecs, ec2 = (boto3.client(name, **login) for name in ("iam", "ecs", "ec2"))
    account = boto3.client("sts", **login).get_caller_identity()["Account"]
    _roles(iam, account, roles)
    for n in range(CLUSTERS):
        ecs.create_cluster(clusterName=f"c{n}")
    _definitions(ecs, account, definitions, roles)
    network = {
        "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        "securityGroups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
    }
    for n in range(services):
        ecs.create_service(
            cluster=f"c{n % CLUSTERS}",
            serviceName=f"s{n}",
            taskDefinition=f"f{n}",
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
        )
    if instances:
        _instances(ecs, ec2, instances)
    return Planted(
        definitions, services, roles, instances, -(-definitions // 10), 3, 8, -(-instances // 4)
    )


def _roles(iam: Any, account: str, number: int) -> None:
    for n in range(number):
        iam.create_role(RoleName=f"task-{n}", AssumeRolePolicyDocument=json.dumps(TRUST))
        action = "*" if n < 3 else ["s3:*", "kms:Decrypt"] if n < 11 else "sqs:SendMessage"
        target = "*" if n < 11 else f"arn:aws:sqs:{REGION}:{account}:q"
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": target}],
        }
        iam.put_role_policy(
            RoleName=f"task-{n}", PolicyName="p", PolicyDocument=json.dumps(document)
        )


def _definitions(ecs: Any, account: str, number: int, roles: int) -> None:
    for n in range(number):
        variables = [{"name": "PORT", "value": "80"}]
        if n % 10 == 0:
            variables.append({"name": "DB_PASSWORD", "value": f"hunter{n}x"})
        ecs.register_task_definition(
            family=f"f{n}",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            taskRoleArn=f"arn:aws:iam::{account}:role/task-{n % roles}",
            containerDefinitions=[{"name": "app", "image": "nginx:1.27", "environment": variables}],
        )


def _instances(ecs: Any, ec2: Any, number: int) -> None:
    """Run hosts, each fourth with IMDSv1 open, and register them as their agents would."""
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    for n in range(number):
        tokens = "optional" if n % 4 == 0 else "required"
        made = ec2.run_instances(
            ImageId=image,
            InstanceType="m5.large",
            MinCount=1,
            MaxCount=1,
            MetadataOptions={"HttpTokens": tokens, "HttpPutResponseHopLimit": 1},
        )
        document = {"instanceId": made["Instances"][0]["InstanceId"], "region": REGION}
        ecs.register_container_instance(
            cluster=f"c{n % CLUSTERS}", instanceIdentityDocument=json.dumps(document)
        )


if __name__ == "__main__":
    fill(sys.argv[1])
