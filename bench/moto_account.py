"""Fill a moto server: ``python bench/moto_account.py http://127.0.0.1:5000``."""

from __future__ import annotations

import json
import sys
from typing import Any

import boto3

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


def fill(url: str, definitions: int = 600, services: int = 60, roles: int = 120) -> None:
    """Plant 3 administrators, 8 whole-service roles and a password in every tenth definition."""
    login: dict[str, Any] = {
        "endpoint_url": url,
        "region_name": "eu-west-1",
        "aws_access_key_id": "x",
        "aws_secret_access_key": "x",
    }
    iam, ecs = boto3.client("iam", **login), boto3.client("ecs", **login)
    for n in range(roles):
        iam.create_role(RoleName=f"task-{n}", AssumeRolePolicyDocument=json.dumps(TRUST))
        action = "*" if n < 3 else ["s3:*", "kms:Decrypt"] if n < 11 else "sqs:SendMessage"
        target = "*" if n < 11 else "arn:aws:sqs:eu-west-1:123456789012:q"
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": target}],
        }
        iam.put_role_policy(
            RoleName=f"task-{n}", PolicyName="p", PolicyDocument=json.dumps(document)
        )
    for n in range(3):
        ecs.create_cluster(clusterName=f"c{n}")
    for n in range(definitions):
        variables = [{"name": "PORT", "value": "80"}]
        if n % 10 == 0:
            variables.append({"name": "DB_PASSWORD", "value": f"hunter{n}x"})
        ecs.register_task_definition(
            family=f"f{n}",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            taskRoleArn=f"arn:aws:iam::123456789012:role/task-{n % roles}",
            containerDefinitions=[{"name": "app", "image": "nginx:1.27", "environment": variables}],
        )
    for n in range(services):
        ecs.create_service(
            cluster=f"c{n % 3}",
            serviceName=f"s{n}",
            taskDefinition=f"f{n}",
            desiredCount=1,
            launchType="FARGATE",
        )


if __name__ == "__main__":
    fill(sys.argv[1])
