"""Which actions give which risk class, and the paths by which a passed role is run."""

from __future__ import annotations

from typing import NamedTuple

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
# AmazonSSMManagedInstanceCore, which ordinary hosts have, allows them on everything.
HOST_READS = ("ssm:GetParameter", "ssm:GetParameters")
LISTED = {"DATA_EXFIL": EXFIL, "CREDENTIALS_EXPOSURE": CREDENTIALS,
          "ECS_EXEC_ANY": ("ecs:ExecuteCommand",), "ASSUME_ANY": ("sts:AssumeRole",),
          "PRIV_ESC": (*IAM_WRITES, *DIRECT)}  # fmt: skip
SENSITIVE = frozenset(
    "iam sts kms secretsmanager ssm s3 dynamodb rds ec2 ecs ecr lambda cloudformation "
    "organizations cloudtrail".split()
)
# What every workload writes: logs, traces, metrics, the channel of ECS Exec.
TELEMETRY = tuple(
    """logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents logs:PutRetentionPolicy
    xray:Put* cloudwatch:PutMetricData ssmmessages:*""".split()
)


def principal(service: str, partition: str) -> str:
    """Return a service's name in policies; in China EC2 alone of those here has another one."""
    is_own = partition == "aws-cn" and service == "ec2"
    return f"{service}.amazonaws.com.cn" if is_own else f"{service}.amazonaws.com"
