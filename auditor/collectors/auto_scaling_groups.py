"""Auto scaling groups behind capacity providers and container instances."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.base import TOKEN, Call, Collector
from auditor.collectors.reader import Reader
from auditor.collectors.tags import TAGS, tag_rows
from auditor.schema import Column, Item, Row, Table, dig, items

C = Column
SPEC = "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification"
GROUPS = Table(
    "auto_scaling_groups",
    "One row per auto scaling group behind capacity providers and container instances.",
    (
        C("auto_scaling_group_arn", "VARCHAR", "ARN.", "AutoScalingGroupARN"),
        C("auto_scaling_group_name", "VARCHAR", "Name.", "AutoScalingGroupName"),
        C("min_size", "BIGINT", "Lower bound.", "MinSize"),
        C("max_size", "BIGINT", "Upper bound.", "MaxSize"),
        C("desired_capacity", "BIGINT", "Instances wanted.", "DesiredCapacity"),
        C(
            "new_instances_protected",
            "BOOLEAN",
            "Protected from scale-in.",
            "NewInstancesProtectedFromScaleIn",
        ),
        C("max_instance_lifetime", "BIGINT", "Seconds; NULL = none.", "MaxInstanceLifetime"),
        C(
            "zone_count",
            "BIGINT",
            "Availability zones.",
            lambda i: len(i.get("AvailabilityZones") or ()),
        ),
        C("health_check_type", "VARCHAR", "EC2, ELB …", "HealthCheckType"),
        C(
            "health_check_grace_period",
            "BIGINT",
            "Seconds after a launch in which failed checks do not count.",
            "HealthCheckGracePeriod",
        ),
        C(
            "warm_pool_state",
            "VARCHAR",
            "State of instances in its warm pool: Stopped, Running or Hibernated; NULL = no pool.",
            lambda i: (
                # AWS's default where the pool states none (PutWarmPool).
                i["WarmPoolConfiguration"].get("PoolState") or "Stopped"
                if i.get("WarmPoolConfiguration")
                else None
            ),
        ),
        C(
            "warm_pool_reuse",
            "BOOLEAN",
            "Instances return to the pool at scale-in.",
            "WarmPoolConfiguration.InstanceReusePolicy.ReuseOnScaleIn",
        ),
        C(
            "launch_configuration_name",
            "VARCHAR",
            "Launch configuration (superseded).",
            "LaunchConfigurationName",
        ),
        C(
            "launch_template_id",
            "VARCHAR",
            "Launch template.",
            lambda i: (
                dig(i, "LaunchTemplate.LaunchTemplateId") or dig(i, f"{SPEC}.LaunchTemplateId")
            ),
        ),
        C(
            "launch_template_version",
            "VARCHAR",
            "Version, $Default or $Latest.",
            lambda i: dig(i, "LaunchTemplate.Version") or dig(i, f"{SPEC}.Version"),
        ),
        C(
            "has_ecs_managed_tag",
            "BOOLEAN",
            "Bears AmazonECSManaged.",
            lambda i: any(t.get("Key") == "AmazonECSManaged" for t in items(i.get("Tags"))),
        ),
        C(
            "suspended_processes",
            "VARCHAR",
            "Suspended processes, blank separated.",
            lambda i: (
                " ".join(
                    sorted(p.get("ProcessName", "") for p in items(i.get("SuspendedProcesses")))
                )
                or None
            ),
        ),
    ),
)
MEMBERS = Table(
    "auto_scaling_instances",
    "One row per instance of those groups; those of a warm pool are not listed.",
    (
        C("auto_scaling_group_arn", "VARCHAR", "Group."),
        C("ec2_instance_id", "VARCHAR", "Instance.", "InstanceId"),
        C(
            "lifecycle_state",
            "VARCHAR",
            "InService, Pending, Terminating:Wait, Standby …",
            "LifecycleState",
        ),
        C("health_status", "VARCHAR", "Healthy or Unhealthy.", "HealthStatus"),
        C(
            "protected_from_scale_in",
            "BOOLEAN",
            "Protected from scale-in.",
            "ProtectedFromScaleIn",
        ),
        C("launch_template_id", "VARCHAR", "Launch template.", "LaunchTemplate.LaunchTemplateId"),
        C("launch_template_version", "VARCHAR", "Version.", "LaunchTemplate.Version"),
    ),
)
OVERRIDES = Table(
    "auto_scaling_group_overrides",
    "One row per instance type, or set of requirements, that a mixed instances policy launches.",
    (
        C("auto_scaling_group_arn", "VARCHAR", "Group."),
        C("position", "BIGINT", "Place in the list, from 0."),
        C("instance_type", "VARCHAR", "Type; NULL = by requirements.", "InstanceType"),
        C(
            "launch_template_id",
            "VARCHAR",
            "Launch template of its own; NULL = the group's.",
            "LaunchTemplateSpecification.LaunchTemplateId",
        ),
        C(
            "launch_template_version",
            "VARCHAR",
            "Version, $Default or $Latest.",
            "LaunchTemplateSpecification.Version",
        ),
        C("image_id", "VARCHAR", "AMI of its own; NULL = the template's.", "ImageId"),
    ),
)
HOOKS = Table(
    "auto_scaling_lifecycle_hooks",
    "One row per lifecycle hook of those groups.",
    (
        C("auto_scaling_group_name", "VARCHAR", "Group.", "AutoScalingGroupName"),
        C("lifecycle_hook_name", "VARCHAR", "Name.", "LifecycleHookName"),
        C("transition", "VARCHAR", "Launching or terminating.", "LifecycleTransition"),
        C("heartbeat_timeout", "BIGINT", "Seconds.", "HeartbeatTimeout"),
    ),
)
DESCRIBE = Call(
    "autoscaling",
    "DescribeAutoScalingGroups",
    "AutoScalingGroups",
    # A page may hold less than asked for though there is more (DescribeAutoScalingGroups).
    ("MaxRecords", 100),
    TOKEN,
    batch=("AutoScalingGroupNames", 100),
    key="AutoScalingGroupName",
)
DESCRIBE_HOOKS = Call(
    "autoscaling",
    "DescribeLifecycleHooks",
    "LifecycleHooks",
    one="AutoScalingGroupName",
    key="LifecycleHookName",
    fills=("auto_scaling_lifecycle_hooks",),
    parents={"AutoScalingGroupName": "AutoScalingGroupName"},
)


def collect(reader: Reader) -> Iterator[tuple[Table, Row]]:
    """Describe the groups and their hooks."""
    arns = reader.column("capacity_providers", "auto_scaling_group_arn")
    names = {arn.rsplit("autoScalingGroupName/", 1)[-1] for arn in arns}
    names |= reader.column("ec2_instances", "auto_scaling_group_name")

    def rows(group: Item) -> Iterator[tuple[Table, Row]]:
        arn = group["AutoScalingGroupARN"]
        yield GROUPS, GROUPS.row(reader.scope, group)
        for member in items(group.get("Instances")):
            yield MEMBERS, MEMBERS.row(reader.scope, member, auto_scaling_group_arn=arn)
        overrides = items(dig(group, "MixedInstancesPolicy.LaunchTemplate.Overrides"))
        for position, one in enumerate(overrides):
            given = {"auto_scaling_group_arn": arn, "position": position}
            yield OVERRIDES, OVERRIDES.row(reader.scope, one, **given)
        yield from tag_rows(
            reader.scope, arn, "auto-scaling-group", group.get("Tags"), reader.masker
        )

    found = list(reader.describe(DESCRIBE, names))
    yield from reader.map(DESCRIBE, found, rows, lambda g: g.get("AutoScalingGroupARN"))
    wanted = [
        (g["AutoScalingGroupARN"], {"AutoScalingGroupName": g["AutoScalingGroupName"]})
        for g in found
    ]
    for arn, answer in reader.get_each(DESCRIBE_HOOKS, wanted):
        yield from reader.map(
            DESCRIBE_HOOKS,
            items(answer.get("LifecycleHooks")),
            lambda h: [(HOOKS, HOOKS.row(reader.scope, h))],
            arn,
        )


COLLECTOR = Collector(
    (GROUPS, MEMBERS, OVERRIDES, HOOKS, TAGS),
    (DESCRIBE, DESCRIBE_HOOKS),
    collect,
    needs=("container_instances",),
    after=("capacity_providers", "ec2_instances"),
)
