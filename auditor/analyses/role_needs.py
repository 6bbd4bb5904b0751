"""What the roles of a task definition must be able to do, from what the definition names.

Sources: the ECS developer guide's pages "Amazon ECS task execution IAM role" and "Send Amazon ECS
logs to CloudWatch", and the service authorization reference for the resources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from auditor.analyses.base import Queryable, records

SUFFIXED = re.compile(r"-[A-Za-z0-9]{6}\Z")
REFERENCE = "/aws/reference/secretsmanager/"
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability")
Writer = Literal["secrets", "image", "log"]
SECRETS = """
select d.account_id, d.region, d.task_definition_arn, s.part, s.place, s.reference_service,
    s.reference_resource, s.reference_account, s.reference_region, s.reference_by_arn
from task_definitions as d
join container_secrets as s
    on d.account_id = s.account_id and d.region = s.region
    and d.task_definition_arn = s.task_definition_arn
where s.value_kind is null
"""
FILES = """
select d.account_id, d.region, d.task_definition_arn, f.part, f.object_arn, f.bucket
from task_definitions as d
join container_environment_files as f
    on d.account_id = f.account_id and d.region = f.region
    and d.task_definition_arn = f.task_definition_arn
"""
LOGS = """
select d.account_id, d.region, d.task_definition_arn, c.part, c.container_name,
    max(case when o.name = 'awslogs-group' then o.value end) as log_group,
    max(case when o.name = 'awslogs-region' then o.value end) as log_region,
    max(case when o.name = 'awslogs-stream-prefix' then o.value end) as prefix,
    max(case when o.name = 'awslogs-create-group' then o.value end) as create_group
from task_definitions as d
join containers as c
    on d.account_id = c.account_id and d.region = c.region
    and d.task_definition_arn = c.task_definition_arn
join container_log_options as o
    on c.account_id = o.account_id and c.region = o.region
    and c.task_definition_arn = o.task_definition_arn and c.container_name = o.container_name
where c.log_driver = 'awslogs'
group by d.account_id, d.region, d.task_definition_arn, c.part, c.container_name
"""
IMAGES = """
select d.account_id, d.region, d.task_definition_arn, c.part, c.image_ecr_account_id,
    c.image_ecr_region, c.image_repository
from task_definitions as d
join containers as c
    on d.account_id = c.account_id and d.region = c.region
    and d.task_definition_arn = c.task_definition_arn
where c.image_ecr_account_id is not null
"""


class Need(NamedTuple):
    """An action that a role must hold on a resource, which may hold wildcards.

    ``writer`` says who does it: the agent with the execution role, or what pulls and logs.
    ``policy_of`` names a resource with a policy of its own; ``unsure`` says why it may not be
    needed at all; ``alias`` is another name of the resource: a grant on either is enough.
    """

    purpose: str
    action: str
    resource: str
    account: str
    region: str
    writer: Writer
    policy_of: str | None = None
    via: str | None = None
    unsure: str | None = None
    alias: str | None = None


class Known(NamedTuple):
    """What the snapshot holds of the things that definitions name."""

    secrets: dict[str, str | None]  # ARN: key as written
    parameters: dict[str, tuple[str | None, str | None]]  # ARN: type, key as written
    keys: dict[tuple[str, str], tuple[str, str | None]]  # region, reference: ARN, manager

    def secret(self, written: str) -> str | None:
        """Return the ARN of the secret that a full or partial one names."""
        if written in self.secrets:
            return written
        return next((arn for arn in self.secrets if arn[:-7] == written), None)


def known_of(snapshot: Queryable) -> Known:
    """Read what is known of secrets, parameters and keys."""
    secrets = records(snapshot, "select secret_arn, kms_key_id from secrets")
    parameters = records(snapshot, "select parameter_arn, type, kms_key_id from ssm_parameters")
    keys = records(snapshot, "select region, reference, key_arn, key_manager from kms_keys")
    found = {(k["region"], name): (k["key_arn"], k["key_manager"])
             for k in keys if k["key_arn"] for name in (k["reference"], k["key_arn"])}  # fmt: skip
    return Known({s["secret_arn"]: s["kms_key_id"] for s in secrets},
                 {p["parameter_arn"]: (p["type"], p["kms_key_id"]) for p in parameters},
                 found)  # fmt: skip


def needs_of(snapshot: Queryable) -> Iterator[tuple[dict[str, Any], Need]]:
    """Yield every need with the row (revision, part) that has it."""
    known = known_of(snapshot)
    for row in records(snapshot, SECRETS):
        yield from ((row, need) for need in _secret(row, known))
    for row in records(snapshot, FILES):
        yield from ((row, need) for need in _file(row))
    for row in records(snapshot, LOGS):
        yield from ((row, need) for need in _logs(row))
    for row in records(snapshot, IMAGES):
        yield from ((row, need) for need in _image(row))


def _secret(row: dict[str, Any], known: Known) -> Iterator[Need]:
    resource = row["reference_resource"]
    if not resource:
        return
    if row["reference_service"] == "ssm":
        yield from _parameter(row, resource, known)
        return
    purpose = "registry" if row["place"] == "registry-credentials" else "secret"
    yield from _secret_value(row, resource, purpose, known)


def _secret_value(row: dict[str, Any], written: str, purpose: str, known: Known) -> Iterator[Need]:
    arn = known.secret(written)
    resource = arn or (written if SUFFIXED.search(written) else f"{written}-??????")
    account, region = row["reference_account"], row["reference_region"]
    yield Need(purpose, "secretsmanager:GetSecretValue", resource, account, region, "secrets",
               resource)  # fmt: skip
    key = known.secrets.get(arn or "")
    if key:
        of = purpose if purpose == "registry" else "key"
        yield from _key(of, key, account, region, "secretsmanager", resource, known)


def _parameter(row: dict[str, Any], written: str, known: Known) -> Iterator[Need]:
    head, _, name = written.partition(":parameter/")
    resource = f"{head}:parameter/{name.split(':', 1)[0]}"
    account, region = row["reference_account"], row["reference_region"]
    yield Need("parameter", "ssm:GetParameters", resource, account, region, "secrets")
    path = "/" + name
    if path.startswith(REFERENCE):
        secret = head.replace(":ssm:", ":secretsmanager:") + ":secret:"
        yield from _secret_value(row, secret + path.removeprefix(REFERENCE), "parameter", known)
    kind, key = known.parameters.get(resource, (None, None))
    if kind == "SecureString" and key:
        yield from _key("key", key, account, region, "ssm", resource, known)


def _key(
    purpose: str, written: str, account: str, region: str, service: str, owner: str, known: Known
) -> Iterator[Need]:
    """Decrypting is needed for a customer's key alone; an alias is never a resource."""
    if written.split(":")[-1].startswith("alias/aws/"):
        return
    arn, manager = known.keys.get((region, written), (written, None))
    if manager == "AWS":
        return
    via = f"{service}.{region}.{'amazonaws.com.cn' if ':aws-cn:' in owner else 'amazonaws.com'}"
    unsure = None if manager else f"key {written} of {owner} was not collected"
    yield Need(purpose, "kms:Decrypt", arn, account, region, "secrets", arn, via, unsure)


def _file(row: dict[str, Any]) -> Iterator[Need]:
    arn, account, region = row["object_arn"], row["account_id"], row["region"]
    if arn and row["bucket"]:
        bucket = arn.split("/", 1)[0]
        for action, resource in (("s3:GetObject", arn), ("s3:GetBucketLocation", bucket)):
            yield Need("environment-file", action, resource, account, region, "secrets", bucket)


def _logs(row: dict[str, Any]) -> Iterator[Need]:
    if not row["log_group"]:
        return
    partition, account = row["task_definition_arn"].split(":")[1], row["account_id"]
    region = row["log_region"] or row["region"]
    group = f"arn:{partition}:logs:{region}:{account}:log-group:{row['log_group']}"
    # Without a prefix the stream is named after the container's id.
    stream = f"{row['prefix']}/{row['container_name']}/*" if row["prefix"] else "*"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield Need("log", action, f"{group}:log-stream:{stream}", account, region, "log")
    if str(row["create_group"]).lower() == "true":
        # AWS compares GROUP:log-stream:, though its list of actions names GROUP.
        streams = f"{group}:log-stream:*"
        yield Need("log-create", "logs:CreateLogGroup", streams, account, region, "log",
                   alias=group)  # fmt: skip


def _image(row: dict[str, Any]) -> Iterator[Need]:
    partition, account = row["task_definition_arn"].split(":")[1], row["image_ecr_account_id"]
    region = row["image_ecr_region"]
    yield Need("image", "ecr:GetAuthorizationToken", "*", row["account_id"], region, "image")
    resource = f"arn:{partition}:ecr:{region}:{account}:repository/{row['image_repository']}"
    for action in PULL:
        yield Need("image", action, resource, account, region, "image", resource)
