/* ---
doc: One row per container instance with what survives its replacement and who runs it.
columns:
  account_id: Account.
  region: Region.
  container_instance_arn: Host.
  group_arn: Auto scaling group, else capacity provider, else cluster.
  is_managed: The capacity provider is one of Managed Instances.
reads: [container_instances, ec2_instances, auto_scaling_groups, capacity_providers]
--- */
select
    h.account_id,
    h.region,
    h.container_instance_arn,
    coalesce(
        g.auto_scaling_group_arn, c.auto_scaling_group_arn, c.capacity_provider_arn, h.cluster_arn
    ) as group_arn,
    c.infrastructure_role_arn is not null as is_managed
from container_instances as h
left join ec2_instances as e
    on
        h.account_id = e.account_id and h.region = e.region
        and h.ec2_instance_id = e.ec2_instance_id
left join auto_scaling_groups as g
    on
        e.account_id = g.account_id and e.region = g.region
        and e.auto_scaling_group_name = g.auto_scaling_group_name
left join capacity_providers as c
    on
        h.account_id = c.account_id and h.region = c.region and h.capacity_provider = c.name
