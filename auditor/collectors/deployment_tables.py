"""Tables of what a service runs: deployments, task sets and service revisions."""

from __future__ import annotations

from auditor.schema import Column, Table

C = Column
VPC = "networkConfiguration.awsvpcConfiguration"
PUBLIC = C("assign_public_ip", "VARCHAR", "ENABLED or DISABLED.", f"{VPC}.assignPublicIp")
PLATFORM = (
    C(
        "launch_type",
        "VARCHAR",
        "EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES; NULL = by capacity provider.",
        "launchType",
    ),
    C("platform_version", "VARCHAR", "Fargate platform version as stored.", "platformVersion"),
    C("platform_family", "VARCHAR", "Linux or a Windows family.", "platformFamily"),
)
COUNTS = (
    C("desired_count", "BIGINT", "Tasks wanted.", "desiredCount"),
    C("running_count", "BIGINT", "Tasks running.", "runningCount"),
    C("pending_count", "BIGINT", "Tasks pending.", "pendingCount"),
)
CONNECT = "serviceConnectConfiguration"
DEPLOYMENTS = Table(
    "deployments",
    "One row per deployment of a service.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("cluster_arn", "VARCHAR", "Cluster."),
        C("deployment_id", "VARCHAR", "Id.", "id"),
        C("part", "VARCHAR", "Path inside the service: deployment/ID."),
        C("status", "VARCHAR", "PRIMARY, ACTIVE or INACTIVE.", "status"),
        C("task_definition_arn", "VARCHAR", "Revision it runs.", "taskDefinition"),
        *PLATFORM,
        *COUNTS,
        C("failed_tasks", "BIGINT", "Tasks that failed to start.", "failedTasks"),
        C("rollout_state", "VARCHAR", "COMPLETED, FAILED or IN_PROGRESS.", "rolloutState"),
        C("rollout_reason", "VARCHAR", "Why.", "rolloutStateReason"),
        PUBLIC,
        C("service_connect_enabled", "BOOLEAN", "Service Connect.", f"{CONNECT}.enabled"),
        C("service_connect_namespace", "VARCHAR", "Namespace.", f"{CONNECT}.namespace"),
        C(
            "service_connect_log_driver",
            "VARCHAR",
            "Log driver of its proxy.",
            f"{CONNECT}.logConfiguration.logDriver",
        ),
        C(
            "access_log_query_parameters",
            "VARCHAR",
            "Proxy logs keep query strings.",
            f"{CONNECT}.accessLogConfiguration.includeQueryParameters",
        ),
        C(
            "fargate_storage_kms_key_id",
            "VARCHAR",
            "Key of ephemeral storage.",
            "fargateEphemeralStorage.kmsKeyId",
        ),
        C("created_at", "TIMESTAMP", "Time of creation.", "createdAt"),
        C("updated_at", "TIMESTAMP", "Time of the last update.", "updatedAt"),
    ),
)
TASK_SETS = Table(
    "task_sets",
    "One row per task set of services with an external or CodeDeploy controller.",
    (
        C("task_set_arn", "VARCHAR", "ARN.", "taskSetArn"),
        C("service_arn", "VARCHAR", "Service."),
        C("cluster_arn", "VARCHAR", "Cluster."),
        C("status", "VARCHAR", "PRIMARY, ACTIVE or DRAINING.", "status"),
        C("task_definition_arn", "VARCHAR", "Revision it runs.", "taskDefinition"),
        *PLATFORM,
        PUBLIC,
        C("computed_desired_count", "BIGINT", "Tasks wanted.", "computedDesiredCount"),
        C("running_count", "BIGINT", "Tasks running.", "runningCount"),
        C("stability_status", "VARCHAR", "STEADY_STATE or STABILIZING.", "stabilityStatus"),
    ),
)
REVISIONS = Table(
    "service_revisions",
    "One row per container image of each current service revision.",
    (
        C("service_revision_arn", "VARCHAR", "ARN."),
        C("service_arn", "VARCHAR", "Service."),
        C("cluster_arn", "VARCHAR", "Cluster."),
        C("task_definition_arn", "VARCHAR", "Revision it runs."),
        C("launch_type", "VARCHAR", "Launch type."),
        C("platform_version", "VARCHAR", "Fargate platform version."),
        C("guard_duty_enabled", "BOOLEAN", "GuardDuty agent is added."),
        C(
            "container_name",
            "VARCHAR",
            "Container; NULL where no image is listed.",
            "containerName",
        ),
        C("image", "VARCHAR", "Image as resolved.", "image"),
        C("image_digest", "VARCHAR", "Digest that the tag stood for.", "imageDigest"),
        C("created_at", "TIMESTAMP", "Time of creation."),
    ),
)
