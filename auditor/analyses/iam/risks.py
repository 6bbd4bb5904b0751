"""Risk classes of a role, each with the statement that gives it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor.analyses.iam import catalogue, trust
from auditor.analyses.iam.conditions import holds
from auditor.analyses.iam.documents import Statement
from auditor.analyses.iam.grants import Grant, Held, Owned, Role, State, role_of
from auditor.analyses.iam.masks import spoken, statement_masks
from auditor.analyses.iam.patterns import contains, matches

EXFIL = (
    "s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters",
    "ssm:GetParametersByPath", "kms:Decrypt", "dynamodb:Scan", "sqs:ReceiveMessage",
    "rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement", "rds-data:ExecuteSql",
    "rds:CopyDBSnapshot", "rds:CopyDBClusterSnapshot", "ec2:CopySnapshot",
)  # fmt: skip
CREDENTIALS = (
    "sts:AssumeRole", "sts:GetFederationToken", "sts:GetSessionToken",
    "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "iam:CreateAccessKey",
    "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential", "iam:UpdateAccessKey", "ecr-public:GetAuthorizationToken",
    "codeartifact:GetAuthorizationToken", "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken", "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM",
    "redshift-serverless:GetCredentials", "connect:GetFederationToken", "codepipeline:PollForJobs",
    "chime:CreateApiKey",
    "gamelift:RequestUploadCredentials", "gamelift:GetInstanceAccess", "ec2:GetPasswordData",
    "lightsail:GetInstanceAccessDetails", "lightsail:GetRelationalDatabaseMasterUserPassword",
    "lightsail:DownloadDefaultKeyPair", "mediapackage:RotateChannelCredentials",
    "mediapackage:RotateIngestEndpointCredentials",
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
# What a command or session runs with is not where it runs.
BESIDE = ("arn:${Partition}:ssm:${Region}:${Account}:document/${DocumentName}",
          "arn:${Partition}:s3:::${BucketName}")  # fmt: skip
PASS = "iam:PassRole"  # noqa: S105 - an action


class Path(NamedTuple):
    """A service that runs under a passed role, and the steps that start it."""

    service: str
    steps: tuple[tuple[str, ...], ...]


WITH_PASSROLE = (
    Path("ecs-tasks", (("ecs:RegisterTaskDefinition",),
         ("ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService"))),
    Path("lambda", (("lambda:CreateFunction",),
         ("lambda:InvokeFunction", "lambda:AddPermission", "lambda:CreateEventSourceMapping",
          "lambda:CreateFunctionUrlConfig"))),
    Path("ec2", (("ec2:RunInstances",),)),
    Path("cloudformation", (("cloudformation:CreateStack", "cloudformation:UpdateStack",
                             "cloudformation:CreateStackSet", "cloudformation:CreateChangeSet"),)),
    Path("codebuild", (("codebuild:CreateProject", "codebuild:UpdateProject"),
                       ("codebuild:StartBuild", "codebuild:StartBuildBatch"))),
    Path("glue", (("glue:CreateDevEndpoint",),)),
    Path("glue", (("glue:CreateSession",), ("glue:RunStatement",))),
    Path("glue", (("glue:CreateJob", "glue:UpdateJob"),
                  ("glue:StartJobRun", "glue:CreateTrigger"))),
    Path("sagemaker", (("sagemaker:CreateNotebookInstance",),
                       ("sagemaker:CreatePresignedNotebookInstanceUrl",))),
    Path("sagemaker", (("sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"),)),
    Path("datapipeline", (("datapipeline:CreatePipeline",),
                          ("datapipeline:PutPipelineDefinition",))),
    Path("tasks.apprunner", (("apprunner:CreateService", "apprunner:UpdateService"),)),
)  # fmt: skip
DNS_SUFFIX = {"aws-cn": "amazonaws.com.cn"}
PASSED_TO = "iam:passedtoservice"
OF_CLUSTER = ("cluster", "service", "task", "container-instance")
SCOPED = ("ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService", "ecs:StopTask")
AGENT = ("ecs:Poll", "ecs:SubmitTaskStateChange", "ecs:SubmitContainerStateChange",
         "ecs:SubmitAttachmentStateChanges", "ecs:RegisterContainerInstance")  # fmt: skip
# AmazonEC2ContainerServiceforEC2Role, as the ECS developer guide lists it.
INSTANCE_NEEDS = tuple(
    """ec2:DescribeTags ecs:CreateCluster ecs:DeregisterContainerInstance ecs:DiscoverPollEndpoint
    ecs:Poll ecs:RegisterContainerInstance ecs:StartTelemetrySession
    ecs:UpdateContainerInstancesState ecs:Submit* ecr:GetAuthorizationToken
    ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:BatchGetImage
    logs:CreateLogStream logs:PutLogEvents ecs:TagResource ecs:ListTagsForResource""".split()
)
LISTED = {"DATA_EXFIL": EXFIL, "CREDENTIALS_EXPOSURE": CREDENTIALS,
          "ECS_EXEC_ANY": ("ecs:ExecuteCommand",), "ASSUME_ANY": ("sts:AssumeRole",),
          "PRIV_ESC": (*IAM_WRITES, *DIRECT)}  # fmt: skip
SENSITIVE = frozenset(
    "iam sts kms secretsmanager ssm s3 dynamodb rds ec2 ecs ecr lambda cloudformation "
    "organizations cloudtrail".split()
)
KINDS = frozenset("task execution instance".split())


class Risk(NamedTuple):
    """One class that holds, and what gives it."""

    name: str
    state: State
    evidence: str
    policy: str = ""
    statement: str = ""
    action: str = ""
    keys: tuple[str, ...] = ()


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
    account, region = str(role.get("account") or ""), str(role.get("region") or "")
    held = role_of(account, region, policies, role.get("boundary"))
    found = [*identity_risks(held, str(role["kind"]))]
    found += [Risk(name, state, evidence, "trust", statement)
              for name, state, evidence, statement in trust.risks(role)]  # fmt: skip
    return worst(found)


def worst(found: Sequence[Risk]) -> list[Risk]:
    """Return one risk a class, a certain one before a conditional, by class."""
    chosen: dict[str, Risk] = {}
    for risk in found:
        if risk.name not in chosen or (chosen[risk.name].state, risk.state) == (
            "conditional", "certain",
        ):  # fmt: skip
            chosen[risk.name] = risk
    return [chosen[name] for name in sorted(chosen)]


def identity_risks(role: Role, kind: str) -> Iterator[Risk]:
    """Yield what the role's own policies give."""
    admin = administrator(role)
    if admin:
        yield _risk("ADMIN", admin, "every action on everything")
    for name, units in _classes().items():
        grant = role.grant(units)
        if grant:
            yield _risk(name, grant, f"{grant.action} on everything")
    yield from _services(role)
    yield from _passes(role)
    yield from _ecs(role, kind)


def _risk(name: str, grant: Grant, what: str, action: str | None = None) -> Risk:
    policy, statement = grant.by
    keys: tuple[str, ...] = ()
    if grant.state == "conditional":
        keys = tuple(sorted({k.lower() for block in statement.conditions.values() for k in block}))
    evidence = f"statement {statement.name} of policy {policy} allows {what}"
    return Risk(name, grant.state, evidence, policy, statement.name, action or grant.action, keys)


@functools.cache
def _classes() -> dict[str, int]:
    """The units of the classes that one action on everything gives."""
    index = catalogue.index()
    found = {name: index.of(actions) for name, actions in LISTED.items()}
    beside = (index.shapes[shape] for shape in BESIDE)
    found["PRIV_ESC"] &= ~functools.reduce(int.__or__, beside, 0)
    managing = (units for level, units in index.levels.items() if level.startswith("Permissions"))
    found["RESOURCE_EXPOSURE"] = functools.reduce(int.__or__, managing, 0) & ~index.shapeless
    found["INFRA_MODIFY"] = index.levels["Write"] & ~index.shapeless
    return found


def administrator(role: Role) -> Grant | None:
    """Return the statement of ``*`` on ``*``, or with a NotAction that leaves iam, if it stands.

    What Deny and boundary leave decides: without the writing iam actions, it is none.
    """
    writes = catalogue.index().of(IAM_WRITES)
    state = role.everywhere.state(writes)
    if state is None or not (role.bounds is None or any(_whole(role, s) for s in role.bounds)):
        return None
    best: Grant | None = None
    iam = catalogue.index().services["iam"]
    has_iam = _all_of("iam", iam.cut(role.everywhere.sure), iam.cut(role.spoken_of))
    for one in role.allows():
        if _whole(role, one.statement) and (has_iam or spoken(one.statement) & writes):
            held = holds(one.statement, role.context)
            if held and state == "certain":
                return Grant("certain", one, "*")
            if held is not False:
                best = best or Grant("conditional", one, "*")
    return best


def _whole(role: Role, statement: Statement) -> bool:
    """Say whether an Allow means all actions, or all but some, on everything."""
    everything = f"arn:{role.place.partition}:*:*:*:*"
    inside = any(contains(p, everything) for p in statement.resources)
    wide = statement.not_action or any(not a.replace(":", "").strip("*") for a in statement.actions)
    return statement.effect == "Allow" and wide and inside != statement.not_resource


def _services(role: Role) -> Iterator[Risk]:
    """Whole services on everything; one that matters is named before others."""
    found = [(service not in SENSITIVE, service, grant) for service, grant in whole_services(role)]
    for _, service, grant in sorted(found, key=lambda f: f[:2]):
        yield _risk("SERVICE_WILDCARD", grant, f"all of {service} on everything", f"{service}:*")


def whole_services(role: Role) -> Iterator[tuple[str, Grant]]:
    """Yield the services of which a role holds every action on everything, and by what."""
    index, held = catalogue.index(), role.everywhere
    spoken_of = role.spoken_of
    for service in _services_in(held.possible):
        span = index.services[service]
        if _all_of(service, span.cut(held.sure), span.cut(spoken_of)):
            units = held.sure & span.mask
        elif _all_of(service, span.cut(held.possible), span.cut(spoken_of)):
            units = held.possible & ~held.sure & span.mask
        else:
            continue
        grant = role.grant(units)
        if grant:
            yield service, grant


def _services_in(bits: int) -> Iterator[str]:
    index = catalogue.index()
    while bits:
        name = index.first(bits).partition(":")[0]
        yield name
        span = index.services[name]
        bits = (bits >> (span.start + span.size)) << (span.start + span.size)


def _all_of(service: str, held: int, spoken_of: int) -> bool:
    shapeless, spans = catalogue.wildcardable(service)
    if not spans:
        return held & shapeless == shapeless
    if held.bit_count() < len(spans) or spoken_of & shapeless != shapeless:
        return False
    return all(span.cut(held) for span in spans)


def _passes(role: Role) -> Iterator[Risk]:
    passing = role.granted((PASS,))
    if passing is None:
        return
    opened = role.assuming((PASS,), {PASSED_TO: ("service.invalid",)})
    if opened:
        yield _risk("PASSROLE_OPEN", passing._replace(state=opened), "iam:PassRole on every role")
    suffix = DNS_SUFFIX.get(role.place.partition, "amazonaws.com")
    for path in WITH_PASSROLE:
        grants = [role.granted(step) for step in path.steps]
        state = role.assuming((PASS,), {PASSED_TO: (f"{path.service}.{suffix}",)})
        if state and all(grants):
            states = {state, *(g.state for g in grants if g)}
            names = " + ".join([PASS, *(g.action for g in grants if g)])
            sure: State = "certain" if states == {"certain"} else "conditional"
            yield _risk("PRIV_ESC", passing._replace(state=sure), f"{names} on everything", names)


def _ecs(role: Role, kind: str) -> Iterator[Risk]:
    yield from _unscoped(role)
    if kind == "task":
        grant = role.granted(AGENT, "some")
        if grant:
            yield _risk("ECS_AGENT_IMPERSONATION", grant, grant.action)
    if kind == "instance":
        index = catalogue.index()
        units = index.everything & ~functools.reduce(
            int.__or__, map(catalogue.expand, INSTANCE_NEEDS), 0)  # fmt: skip
        grant = role.grant(units, "some")
        if grant:
            yield _risk("INSTANCE_ROLE_EXCESS", grant, grant.action)


def _unscoped(role: Role) -> Iterator[Risk]:
    """Starting or stopping tasks with neither a cluster in the resource nor ``ecs:cluster``."""
    units = catalogue.index().of(SCOPED)
    if not role.spoken_of & units:
        return
    for one in role.allows():
        if not _names_cluster(one):
            masks = statement_masks(one.statement, role.place, "some")
            held = Held(masks.allowed & role.anywhere.sure & units,
                        masks.maybe_allowed & role.anywhere.possible & units)  # fmt: skip
            state = held.state(units)
            if state:
                action = catalogue.index().first(held.sure or held.possible)
                grant = Grant(state, one, action)
                yield _risk("ECS_NO_CLUSTER_SCOPE", grant, f"{action} in every cluster")


def _names_cluster(owned: Owned) -> bool:
    statement = owned.statement
    by_condition = any(
        key.lower() == "ecs:cluster" and values and all(map(_of_cluster, values))
        for operator, block in statement.conditions.items()
        if "not" not in operator.lower() and operator.lower() != "null"
        for key, values in block.items()
    )
    rest = [r for r in statement.resources if not _of_cluster(r)]
    by_resource = (
        not statement.not_resource
        and len(rest) < len(statement.resources)
        and not any(map(_of_clusters, rest))
    )
    return by_condition or by_resource


def _of_clusters(resource: str) -> bool:
    """Say whether an ARN pattern means a cluster, or what is in one, at all."""
    kind = resource.split(":", 5)[-1].partition("/")[0]
    return any(matches(kind, k) for k in OF_CLUSTER)


def _of_cluster(resource: str) -> bool:
    """Say whether an ARN pattern holds the name of a cluster."""
    _, _, rest = resource.split(":", 5)[-1].partition("/")
    return _of_clusters(resource) and bool(rest.split("/", 1)[0].strip("*?"))
