"""Risk classes of a role, each with the statement that gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.analyses.iam import catalogue, trust
from auditor.analyses.iam.conditions import holds
from auditor.analyses.iam.grants import (
    Grant,
    Owned,
    Role,
    State,
    granted,
    may_hold,
    named_services,
    parsed,
    speaks_of,
)

SENSITIVE_SERVICES = frozenset(
    "iam sts kms secretsmanager ssm s3 dynamodb rds ec2 ecs ecr lambda cloudformation "
    "organizations sqs sns logs events".split()
)
EXFIL = (
    "s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters",
    "ssm:GetParametersByPath", "kms:Decrypt", "dynamodb:Scan", "sqs:ReceiveMessage",
    "rds-data:ExecuteStatement", "rds:CopyDBSnapshot", "rds:ModifyDBSnapshotAttribute",
    "ec2:CopySnapshot", "ec2:ModifySnapshotAttribute", "rds:CopyDBClusterSnapshot",
)  # fmt: skip
CREDENTIALS = (
    "sts:GetFederationToken", "sts:GetSessionToken",
    "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "iam:CreateAccessKey",
    "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential", "iam:UpdateAccessKey", "ecr-public:GetAuthorizationToken",
    "codeartifact:GetAuthorizationToken", "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken", "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM",
    "redshift-serverless:GetCredentials", "connect:GetFederationToken", "chime:CreateApiKey",
    "gamelift:RequestUploadCredentials", "gamelift:GetInstanceAccess", "ec2:GetPasswordData",
    "lightsail:GetInstanceAccessDetails", "lightsail:GetRelationalDatabaseMasterUserPassword",
    "lightsail:DownloadDefaultKeyPair", "mediapackage:RotateChannelCredentials",
    "rds-db:connect", "snowball:GetJobUnlockCode", "sso:GetRoleCredentials",
    "storagegateway:DescribeChapCredentials", "appsync:ListApiKeys",
)  # fmt: skip
IAM_WRITES = (
    "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:PutRolePolicy",
    "iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion", "iam:AddUserToGroup", "iam:UpdateAssumeRolePolicy",
    "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile",
)  # fmt: skip
DIRECT = ("lambda:UpdateFunctionCode", "ssm:SendCommand", "ssm:StartSession",
          "glue:UpdateDevEndpoint")  # fmt: skip
PASS = "iam:PassRole"  # noqa: S105 - an action
WITH_PASSROLE: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("ecs:RegisterTaskDefinition",),
     ("ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService")),
    (("lambda:CreateFunction",), ("lambda:InvokeFunction", "lambda:AddPermission",
                                  "lambda:CreateEventSourceMapping")),
    (("ec2:RunInstances",),),
    (("cloudformation:CreateStack", "cloudformation:UpdateStack",
      "cloudformation:CreateStackSet"),),
    (("codebuild:CreateProject", "codebuild:UpdateProject"),
     ("codebuild:StartBuild", "codebuild:StartBuildBatch")),
    (("glue:CreateDevEndpoint",),),
    (("glue:CreateJob", "glue:UpdateJob"), ("glue:StartJobRun", "glue:CreateTrigger")),
    (("sagemaker:CreateNotebookInstance",), ("sagemaker:CreatePresignedNotebookInstanceUrl",)),
    (("sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"),),
    (("datapipeline:CreatePipeline",), ("datapipeline:PutPipelineDefinition",),
     ("datapipeline:ActivatePipeline",)),
    (("apprunner:CreateService", "apprunner:UpdateService"),),
)  # fmt: skip
SCOPED = ("ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService", "ecs:StopTask")
AGENT = ("ecs:Poll", "ecs:SubmitTaskStateChange", "ecs:SubmitContainerStateChange",
         "ecs:SubmitAttachmentStateChanges", "ecs:RegisterContainerInstance")  # fmt: skip
# AmazonEC2ContainerServiceforEC2Role, as the ECS developer guide lists it.
INSTANCE_NEEDS = frozenset(
    """ec2:DescribeTags ecs:CreateCluster ecs:DeregisterContainerInstance ecs:DiscoverPollEndpoint
    ecs:Poll ecs:RegisterContainerInstance ecs:StartTelemetrySession
    ecs:UpdateContainerInstancesState ecs:Submit* ecr:GetAuthorizationToken
    ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:BatchGetImage
    logs:CreateLogStream logs:PutLogEvents ecs:TagResource ecs:ListTagsForResource""".split()
)
KINDS = frozenset("task execution instance".split())


class Risk(NamedTuple):
    """One class that holds."""

    name: str
    state: State
    evidence: str


def judge_role(role: Mapping[str, Any]) -> dict[str, State]:
    """Return the risk classes that hold for a role, ``certain`` or ``conditional``.

    ``role`` has kind (task, execution, instance), account, region, trust (a document), policies
    (a list of name and document) and perhaps boundary. Raises ValueError for other shapes.
    """
    return {risk.name: risk.state for risk in risks(role)}


def risks(role: Mapping[str, Any]) -> list[Risk]:
    """Return the risk classes that hold, each with its evidence in words."""
    if not isinstance(role, Mapping) or role.get("kind") not in KINDS:
        raise ValueError("kind is task, execution or instance")
    policies = role.get("policies") or []
    if not isinstance(policies, Sequence) or isinstance(policies, str):
        raise ValueError("policies is a list of name and document")
    known = parsed(str(role.get("account") or ""), str(role.get("region") or ""), policies,
                   role.get("boundary"))  # fmt: skip
    found: dict[str, Risk] = {}
    for risk in (*_identity(known, str(role["kind"])), *trust.risks(role)):
        name, state, evidence = risk
        if name not in found or (found[name].state == "conditional" and state == "certain"):
            found[name] = Risk(name, state, evidence)
    return [found[name] for name in sorted(found)]


def _why(grant: Grant, what: str) -> str:
    where = f"statement {grant.by.statement.name} of policy {grant.by.policy}"
    return f"{where} allows {what}"


def _identity(role: Role, kind: str) -> Iterator[tuple[str, State, str]]:
    admin = _admin(role)
    if admin:
        yield "ADMIN", admin.state, _why(admin, "every action on everything")
    for name, listed in (("DATA_EXFIL", EXFIL), ("CREDENTIALS_EXPOSURE", CREDENTIALS),
                         ("ECS_EXEC_ANY", ("ecs:ExecuteCommand",))):  # fmt: skip
        best = _best(role, listed)
        if best:
            yield name, best[1].state, _why(best[1], f"{best[0]} on everything")
    yield from _services(role, admin)
    yield from _escalation(role)
    yield from _assumes(role)
    yield from _ecs(role, kind)


def _admin(role: Role) -> Grant | None:
    """``*`` on ``*``, or an Allow with NotAction that leaves iam."""
    marks = [granted(role, a) for a in ("iam:CreateRole", "ec2:RunInstances", "s3:DeleteBucket")]
    if not all(marks):
        return None
    best: Grant | None = None
    for one in role.owned:
        s = one.statement
        wide = {"*", "*:*"} & set(s.actions) if not s.not_action else speaks_of(s, "iam:CreateRole")
        whole = ("*" in s.resources or f"arn:{role.partition}:*" in s.resources
                 or "arn:*" in s.resources) and not s.not_resource  # fmt: skip
        if s.effect == "Allow" and wide and whole:
            held = holds(s, role.context)
            if held is not False:
                state: State = "certain" if held else "conditional"
                if best is None or best.state == "conditional":
                    best = Grant(state, one)
    if best and any(mark and mark.state == "conditional" for mark in marks):
        return Grant("conditional", best.by)
    return best


def _best(role: Role, names: Sequence[str]) -> tuple[str, Grant] | None:
    found: tuple[str, Grant] | None = None
    for name in names:
        grant = granted(role, name)
        if grant and grant.state == "certain":
            return name, grant
        if grant and found is None:
            found = (name, grant)
    return found


def _services(role: Role, admin: Grant | None) -> Iterator[tuple[str, State, str]]:
    """Whole services, permission management and writes on everything."""
    if admin and admin.state == "certain":
        for name in ("SERVICE_WILDCARD", "RESOURCE_EXPOSURE", "INFRA_MODIFY"):
            yield name, "certain", _why(admin, "every action on everything")
        return
    held = may_hold(role)
    for service in named_services(role):
        listed = catalogue.actions(service)
        grants = [(a, granted(role, a.name) if held(a.name) else None) for a in listed]
        first = grants[0][1] if grants else None
        if first and all(g for _, g in grants):
            sure = all(g and g.state == "certain" for _, g in grants)
            what = f"all of {service} on everything"
            yield "SERVICE_WILDCARD", "certain" if sure else "conditional", _why(first, what)
        for action, grant in grants:
            if grant and action.level.startswith("Permissions management"):
                yield "RESOURCE_EXPOSURE", grant.state, _why(grant, f"{action.name} on everything")
            elif grant and action.level == "Write" and action.shapes:
                yield "INFRA_MODIFY", grant.state, _why(grant, f"{action.name} on everything")


def _escalation(role: Role) -> Iterator[tuple[str, State, str]]:
    for name in (*IAM_WRITES, *DIRECT):
        grant = granted(role, name)
        if grant:
            yield "PRIV_ESC", grant.state, _why(grant, f"{name} on everything")
    passing = granted(role, PASS)
    if passing is None:
        return
    narrowed = _passed_to(passing.by)
    if narrowed is None:
        yield "PASSROLE_OPEN", passing.state, _why(passing, "iam:PassRole on every role")
    for steps in WITH_PASSROLE:
        grants = [_best(role, step) for step in steps]
        service = steps[0][0].partition(":")[0]
        if all(grants) and (narrowed is None or any(service in n for n in narrowed)):
            states = [g[1].state for g in grants if g]
            if narrowed is None:
                states.append(passing.state)
            sure: State = "certain" if set(states) == {"certain"} else "conditional"
            path = " + ".join([PASS, *(g[0] for g in grants if g)])
            yield "PRIV_ESC", sure, _why(passing, f"{path} on everything")


def _passed_to(owned: Owned) -> tuple[str, ...] | None:
    for block in owned.statement.conditions.values():
        for key, values in block.items():
            if key.lower() == "iam:passedtoservice":
                return values
    return None


def _assumes(role: Role) -> Iterator[tuple[str, State, str]]:
    grant = granted(role, "sts:AssumeRole")
    if grant:
        yield "ASSUME_ANY", grant.state, _why(grant, "sts:AssumeRole on every role")


def _ecs(role: Role, kind: str) -> Iterator[tuple[str, State, str]]:
    for name in SCOPED:
        grant = granted(role, name)
        if grant and not _names_cluster(grant.by):
            yield "ECS_NO_CLUSTER_SCOPE", grant.state, _why(grant, f"{name} in every cluster")
    if kind == "task":
        for name in AGENT:
            grant = granted(role, name, everywhere=False)
            if grant:
                yield "ECS_AGENT_IMPERSONATION", grant.state, _why(grant, name)
    if kind == "instance":
        yield from _excess(role)


def _names_cluster(owned: Owned) -> bool:
    keys = {k.lower() for block in owned.statement.conditions.values() for k in block}
    return "ecs:cluster" in keys


def _excess(role: Role) -> Iterator[tuple[str, State, str]]:
    from auditor.analyses.iam.patterns import contains

    for one in role.owned:
        s = one.statement
        if s.effect != "Allow":
            continue
        extra = [a for a in s.actions
                 if not any(contains(n.lower(), a.lower()) for n in INSTANCE_NEEDS)]  # fmt: skip
        if s.not_action or extra:
            held = holds(s, role.context)
            if held is not False:
                what = "all but some actions" if s.not_action else extra[0]
                yield ("INSTANCE_ROLE_EXCESS", "certain" if held else "conditional",
                       _why(Grant("certain", one), what))  # fmt: skip
