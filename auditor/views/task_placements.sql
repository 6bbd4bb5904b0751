/* ---
doc: One row per container instance on EC2 and revision that runs on it, or that a service of its cluster may place there.
columns:
  account_id: Account.
  region: Region.
  container_instance_arn: Host.
  cluster_arn: Cluster.
  task_definition_arn: Revision.
  service_arn: Service that may place it; NULL for a running task.
  capacity_provider: Capacity provider of the service; NULL where a launch type is stated.
reads: [container_instances, ec2_instances, tasks, services, service_capacity_providers, capacity_providers, deployments, task_sets, task_definitions]
--- */
with hosts as (
    select
        h.account_id,
        h.region,
        h.container_instance_arn,
        h.cluster_arn,
        h.capacity_provider,
        h.os_type,
        e.auto_scaling_group_name
    from container_instances as h
    left join ec2_instances as e
        on
            h.account_id = e.account_id and h.region = e.region
            and h.ec2_instance_id = e.ec2_instance_id
    left join capacity_providers as c
        on
            h.account_id = c.account_id and h.region = c.region
            and h.capacity_provider = c.name
    where not h.is_external and c.infrastructure_role_arn is null
)

select
    h.account_id,
    h.region,
    h.container_instance_arn,
    h.cluster_arn,
    p.task_definition_arn,
    p.service_arn,
    p.capacity_provider
from hosts as h
inner join service_placements as p
    on h.account_id = p.account_id and h.region = p.region and h.cluster_arn = p.cluster_arn
left join capacity_providers as c
    on p.account_id = c.account_id and p.region = c.region and p.capacity_provider = c.name
left join task_definitions as d
    on
        p.account_id = d.account_id and p.region = d.region
        and p.task_definition_arn = d.task_definition_arn
where
    p.places_on = 'EC2'
    -- A host of the other operating system cannot run it.
    and (
        d.operating_system_family is null or h.os_type is null
        or d.is_windows = (h.os_type = 'windows')
    )
    and (
        p.capacity_provider is null
        or h.capacity_provider = p.capacity_provider
        -- A host that joined its group before the provider was made does not name it.
        or (
            h.capacity_provider is null
            and (
                h.auto_scaling_group_name is null or c.auto_scaling_group_arn is null
                or ends_with(
                    c.auto_scaling_group_arn,
                    concat(':autoScalingGroupName/', h.auto_scaling_group_name)
                )
            )
        )
    )
union
select
    h.account_id,
    h.region,
    h.container_instance_arn,
    h.cluster_arn,
    t.task_definition_arn,
    null,
    null
from hosts as h
inner join tasks as t
    on
        h.account_id = t.account_id and h.region = t.region
        and h.container_instance_arn = t.container_instance_arn
where coalesce(t.last_status, 'RUNNING') not in ('DEPROVISIONING', 'STOPPED', 'DELETED')
