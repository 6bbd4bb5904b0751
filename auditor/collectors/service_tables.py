"""Tables of ECS services and what hangs on them."""

from __future__ import annotations

from typing import Any

from auditor.collectors.deployment_tables import COUNTS, PLATFORM, PUBLIC
from auditor.collectors.values import VALUE_COLUMNS
from auditor.schema import Column, Table, dig, items

C = Column
DC = "deploymentConfiguration"


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


SERVICES = Table(
    "services",
    "One row per ECS service.",
    (
        C("service_arn", "VARCHAR", "ARN.", "serviceArn"),
        C("cluster_arn", "VARCHAR", "Cluster.", "clusterArn"),
        C("service_name", "VARCHAR", "Name.", "serviceName"),
        C("status", "VARCHAR", "ACTIVE, DRAINING or INACTIVE.", "status"),
        C("task_definition_arn", "VARCHAR", "Revision it should run.", "taskDefinition"),
        *PLATFORM,
        *COUNTS,
        C(
            "scheduling_strategy",
            "VARCHAR",
            "REPLICA or DAEMON; NULL = REPLICA.",
            "schedulingStrategy",
        ),
        C(
            "deployment_controller",
            "VARCHAR",
            "ECS, CODE_DEPLOY or EXTERNAL.",
            lambda i: dig(i, "deploymentController.type") or "ECS",
        ),
        C(
            "deployment_strategy",
            "VARCHAR",
            "ROLLING, BLUE_GREEN, LINEAR or CANARY; NULL = ROLLING.",
            f"{DC}.strategy",
        ),
        C(
            "maximum_percent",
            "BIGINT",
            "Upper bound of tasks while deploying.",
            f"{DC}.maximumPercent",
        ),
        C(
            "minimum_healthy_percent",
            "BIGINT",
            "Lower bound of healthy tasks.",
            f"{DC}.minimumHealthyPercent",
        ),
        C(
            "circuit_breaker_enable",
            "BOOLEAN",
            "Deployment circuit breaker.",
            f"{DC}.deploymentCircuitBreaker.enable",
        ),
        C(
            "circuit_breaker_rollback",
            "BOOLEAN",
            "It rolls back.",
            f"{DC}.deploymentCircuitBreaker.rollback",
        ),
        C("alarms_enable", "BOOLEAN", "Deployment alarms.", f"{DC}.alarms.enable"),
        C("alarms_rollback", "BOOLEAN", "Alarms roll back.", f"{DC}.alarms.rollback"),
        C("bake_time_minutes", "BIGINT", "Minutes both revisions run.", f"{DC}.bakeTimeInMinutes"),
        C(
            "step_bake_time_minutes",
            "BIGINT",
            "Minutes between the shifts of LINEAR, or after the first of CANARY.",
            lambda i: _first(
                dig(i, f"{DC}.linearConfiguration.stepBakeTimeInMinutes"),
                dig(i, f"{DC}.canaryConfiguration.canaryBakeTimeInMinutes"),
            ),
        ),
        C(
            "lifecycle_hook_count",
            "BIGINT",
            "Lifecycle hooks of its deployments.",
            lambda i: len(list(items(dig(i, f"{DC}.lifecycleHooks")))),
        ),
        C(
            "pause_hook_count",
            "BIGINT",
            "Those hooks at which a deployment pauses until somebody lets it go on.",
            lambda i: sum(
                h.get("targetType") == "PAUSE" for h in items(dig(i, f"{DC}.lifecycleHooks"))
            ),
        ),
        PUBLIC,
        C("enable_execute_command", "BOOLEAN", "ECS Exec.", "enableExecuteCommand"),
        C("enable_ecs_managed_tags", "BOOLEAN", "ECS tags the tasks.", "enableECSManagedTags"),
        C("propagate_tags", "VARCHAR", "SERVICE, TASK_DEFINITION or NONE.", "propagateTags"),
        C(
            "health_check_grace_period",
            "BIGINT",
            "Seconds of grace.",
            "healthCheckGracePeriodSeconds",
        ),
        C(
            "availability_zone_rebalancing",
            "VARCHAR",
            "ENABLED or DISABLED; NULL = DISABLED.",
            "availabilityZoneRebalancing",
        ),
        C("role_arn", "VARCHAR", "Role for load balancers.", "roleArn"),
        C(
            "resource_management_type",
            "VARCHAR",
            "CUSTOMER or ECS (Express).",
            "resourceManagementType",
        ),
        C("created_at", "TIMESTAMP", "Time of creation.", "createdAt"),
        C("created_by", "VARCHAR", "Principal that created it.", "createdBy"),
        C(
            "last_event",
            "VARCHAR",
            "Newest event message.",
            lambda i: next((e.get("message") for e in items(i.get("events"))), None),
        ),
        C(
            "last_event_at",
            "TIMESTAMP",
            "Time of the newest event.",
            lambda i: next((e.get("createdAt") for e in items(i.get("events"))), None),
        ),
    ),
)
EVENTS = Table(
    "service_events",
    "One row per event of a service, the newest 20 of AWS's 100.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("event_id", "VARCHAR", "Id.", "id"),
        C("created_at", "TIMESTAMP", "Time of the event.", "createdAt"),
        C("message", "VARCHAR", "Message; one with a credential in it is withheld.", "message"),
    ),
)
NETWORK = Table(
    "service_network",
    "One row per subnet and per security group of a service; none where the tasks are not in "
    "awsvpc mode, and of groups none where the default one of the VPC is used.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("kind", "VARCHAR", "subnet or security-group."),
        C("id", "VARCHAR", "Subnet or security group id."),
    ),
)
BALANCERS = Table(
    "service_load_balancers",
    "One row per load balancer of a service.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("target_group_arn", "VARCHAR", "Target group.", "targetGroupArn"),
        C("load_balancer_name", "VARCHAR", "Classic load balancer.", "loadBalancerName"),
        C("container_name", "VARCHAR", "Container that is reached.", "containerName"),
        C("container_port", "BIGINT", "Port that is reached.", "containerPort"),
        C(
            "alternate_target_group_arn",
            "VARCHAR",
            "Second group of blue/green.",
            "advancedConfiguration.alternateTargetGroupArn",
        ),
        C("role_arn", "VARCHAR", "Role that moves traffic.", "advancedConfiguration.roleArn"),
    ),
)
REGISTRIES = Table(
    "service_registries",
    "One row per service discovery registry of a service.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("registry_arn", "VARCHAR", "Registry.", "registryArn"),
        C("container_name", "VARCHAR", "Container.", "containerName"),
        C("container_port", "BIGINT", "Port.", "containerPort"),
    ),
)
STRATEGY = Table(
    "service_capacity_providers",
    "One row per capacity provider of the strategy of a service, or of its PRIMARY task set.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("capacity_provider", "VARCHAR", "Capacity provider.", "capacityProvider"),
        C("base", "BIGINT", "Tasks placed on it first.", "base"),
        C("weight", "BIGINT", "Share of the rest.", "weight"),
    ),
)
PLACEMENT = Table(
    "service_placement",
    "One row per placement constraint or strategy of a service.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("kind", "VARCHAR", "constraint or strategy."),
        C("position", "BIGINT", "Place in the list, from 0."),
        C("type", "VARCHAR", "memberOf, distinctInstance, spread, binpack, random.", "type"),
        C(
            "expression",
            "VARCHAR",
            "Expression or field.",
            lambda i: i.get("expression") or i.get("field"),
        ),
    ),
)
VOLUMES = Table(
    "service_volumes",
    "One row per EBS volume that a deployment configures.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("volume_name", "VARCHAR", "Volume of the definition.", "name"),
        C("encrypted", "BOOLEAN", "Encryption asked for.", "managedEBSVolume.encrypted"),
        C("kms_key_id", "VARCHAR", "Key.", "managedEBSVolume.kmsKeyId"),
        C("role_arn", "VARCHAR", "Role that makes it.", "managedEBSVolume.roleArn"),
        C("size_gib", "BIGINT", "Size in GiB.", "managedEBSVolume.sizeInGiB"),
        C(
            "snapshot_id",
            "VARCHAR",
            "Snapshot that it is made from.",
            "managedEBSVolume.snapshotId",
        ),
    ),
)
INFRASTRUCTURE = Table(
    "service_infrastructure_roles",
    "One row per role with which ECS builds something for a service.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("purpose", "VARCHAR", "volume, tls, lattice or load-balancer."),
        C("role_arn", "VARCHAR", "Role.", "roleArn"),
    ),
)
CONNECT_OPTIONS = Table(
    "service_connect_log_options",
    "One row per log option of a Service Connect proxy; values are classified.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("part", "VARCHAR", "Path inside the service."),
        C("name", "VARCHAR", "Option name."),
        *VALUE_COLUMNS,
    ),
)
CONNECT_SERVICES = Table(
    "service_connect_services",
    "One row per name that a deployment offers to others by Service Connect.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("deployment_id", "VARCHAR", "Deployment."),
        C("part", "VARCHAR", "Path inside the service: deployment/ID/service-connect/PORT."),
        C("port_name", "VARCHAR", "Named port of the definition.", "portName"),
        C(
            "discovery_name",
            "VARCHAR",
            "Name in the namespace.",
            lambda i: i.get("discoveryName") or i.get("portName"),
        ),
        C("has_tls", "BOOLEAN", "Traffic is encrypted.", lambda i: bool(i.get("tls"))),
        C(
            "client_port",
            "BIGINT",
            "Port of the first alias for clients.",
            lambda i: next((a.get("port") for a in items(i.get("clientAliases"))), None),
        ),
        C(
            "ingress_port_override",
            "BIGINT",
            "Port of its own that the proxy listens on.",
            "ingressPortOverride",
        ),
    ),
)
MANAGED_RESOURCES = Table(
    "service_managed_resources",
    "One row per thing that ECS built for a current revision of an Express service.",
    (
        C("service_arn", "VARCHAR", "Service."),
        C("service_revision_arn", "VARCHAR", "Service revision."),
        C(
            "kind",
            "VARCHAR",
            "load-balancer, security-group, certificate, listener, listener-rule, target-group, "
            "scalable-target, scaling-policy, alarm, log-group or gateway.",
        ),
        C(
            "resource",
            "VARCHAR",
            "ARN; of a gateway that of its route.",
            lambda i: i.get("arn") or i.get("gatewayRouteArn") or i.get("gatewayArn"),
        ),
        C("status", "VARCHAR", "ACTIVE, PROVISIONING, FAILED, CREATE_FAILED …", "status"),
        C("status_reason", "VARCHAR", "Why.", "statusReason"),
    ),
)
