/* ---
doc: One row per service that places awsvpc tasks on container instances on EC2, with the room for interfaces on the ACTIVE, connected hosts it may use.
columns:
  account_id: Account.
  region: Region.
  service_arn: Service.
  cluster_arn: Cluster.
  instances: Hosts.
  free_slots: Task interfaces that still fit on the hosts whose limit is known.
  instances_unknown: Hosts whose limit is not known.
  can_grow: A capacity provider with managed scaling may still add hosts.
  is_full: No interface fits, no limit is unknown and no host can be added.
reads: [container_instances, ec2_instances, tasks, services, service_capacity_providers, capacity_providers, deployments, task_sets, task_definitions, auto_scaling_groups, eni_headroom]
--- */
with hosts as (
    select distinct
        p.account_id,
        p.region,
        p.service_arn,
        p.cluster_arn,
        p.container_instance_arn,
        e.usable - e.used as free_slots
    from task_placements as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    inner join container_instances as h
        on
            p.account_id = h.account_id and p.region = h.region
            and p.container_instance_arn = h.container_instance_arn
    left join eni_headroom as e
        on
            p.account_id = e.account_id and p.region = e.region
            and p.container_instance_arn = e.resource
    where
        p.service_arn is not null and d.network_mode = 'awsvpc'
        and h.status = 'ACTIVE' and h.agent_connected
),

growing as (
    select distinct
        s.account_id,
        s.region,
        s.service_arn
    from service_placements as s
    inner join capacity_providers as c
        on
            s.account_id = c.account_id and s.region = c.region
            and s.capacity_provider = c.name
    inner join auto_scaling_groups as g
        on
            c.account_id = g.account_id and c.region = g.region
            and c.auto_scaling_group_arn = g.auto_scaling_group_arn
    where c.managed_scaling = 'ENABLED' and g.desired_capacity < g.max_size
)

select
    h.account_id,
    h.region,
    h.service_arn,
    h.cluster_arn,
    count(*) as instances,
    coalesce(sum(greatest(h.free_slots, 0)), 0)::bigint as free_slots,
    count(*) filter (where h.free_slots is null) as instances_unknown,
    bool_or(g.service_arn is not null) as can_grow,
    coalesce(sum(greatest(h.free_slots, 0)), 0) = 0
    and count(*) filter (where h.free_slots is null) = 0
    and not bool_or(g.service_arn is not null) as is_full
from hosts as h
left join growing as g
    on h.account_id = g.account_id and h.region = g.region and h.service_arn = g.service_arn
group by h.account_id, h.region, h.service_arn, h.cluster_arn
