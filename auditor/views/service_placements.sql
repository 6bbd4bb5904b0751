/* ---
doc: One row per service and kind of capacity that its tasks are placed on, from the launch type or the strategy of the service, its deployments and its task sets.
columns:
  account_id: Account.
  region: Region.
  service_arn: Service.
  cluster_arn: Cluster.
  task_definition_arn: Revision that is placed.
  capacity_provider: Capacity provider; NULL where a launch type is stated.
  places_on: EC2, FARGATE, MANAGED_INSTANCES or EXTERNAL.
reads: [services, service_capacity_providers, capacity_providers, deployments, task_sets]
--- */
with placed as (
    select
        account_id,
        region,
        service_arn,
        cluster_arn,
        task_definition_arn,
        launch_type
    from services
    union
    select
        account_id,
        region,
        service_arn,
        cluster_arn,
        task_definition_arn,
        launch_type
    from deployments
    where status <> 'INACTIVE'
    union
    select
        account_id,
        region,
        service_arn,
        cluster_arn,
        task_definition_arn,
        launch_type
    from task_sets
    where status <> 'DRAINING'
)

select distinct
    p.account_id,
    p.region,
    p.service_arn,
    p.cluster_arn,
    p.task_definition_arn,
    s.capacity_provider,
    case
        when p.launch_type is not null then p.launch_type
        when s.capacity_provider in ('FARGATE', 'FARGATE_SPOT') then 'FARGATE'
        when c.infrastructure_role_arn is not null then 'MANAGED_INSTANCES'
        else 'EC2'
    end as places_on
from placed as p
left join service_capacity_providers as s
    on
        p.account_id = s.account_id and p.region = s.region and p.service_arn = s.service_arn
        and p.launch_type is null
left join capacity_providers as c
    on
        s.account_id = c.account_id and s.region = c.region and s.capacity_provider = c.name
where p.task_definition_arn is not null
