/* ---
title: awsvpc tasks can reach instance metadata
severity: medium
confidence: certain
why: >
  A task with its own interface still reaches the metadata service of its host, and with it
  the instance role.
fix: >
  Set ECS_AWSVPC_BLOCK_IMDS=true on the hosts.
optional: [auto_scaling_groups]
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ec2-security-considerations.html
--- */
with placed as (
    select
        p.account_id,
        p.region,
        p.container_instance_arn,
        count(distinct p.task_definition_arn) as task_definitions
    from task_placements as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    where d.network_mode = 'awsvpc'
    group by p.account_id, p.region, p.container_instance_arn
),

blocked as (
    -- The agent registers it where ECS_AWSVPC_BLOCK_IMDS is true.
    select distinct
        account_id,
        region,
        container_instance_arn
    from container_instance_attributes
    where name = 'ecs.capability.task-eni-block-instance-metadata'
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when
            placed.container_instance_arn is null or h.os_type = 'windows'
            or e.http_endpoint = 'disabled'
            then 'skip'
        when blocked.container_instance_arn is not null then 'pass'
        when e.ec2_instance_id is null then 'unknown'
        else 'fail'
    end as status,
    case
        when placed.container_instance_arn is null then 'No task of this network mode may run here.'
        when h.os_type = 'windows' then 'A Windows host.'
        when e.http_endpoint = 'disabled' then 'The metadata service is disabled.'
        when blocked.container_instance_arn is not null then 'The agent blocks it.'
        when e.ec2_instance_id is null then 'Its metadata options could not be read.'
        else 'The agent does not block the metadata service for awsvpc tasks.'
    end as reason,
    placed.task_definitions,
    g.group_arn as identity
from container_instances as h
left join ec2_instances as e
    on
        h.account_id = e.account_id and h.region = e.region
        and h.ec2_instance_id = e.ec2_instance_id
left join placed
    on
        h.account_id = placed.account_id and h.region = placed.region
        and h.container_instance_arn = placed.container_instance_arn
left join blocked
    on
        h.account_id = blocked.account_id and h.region = blocked.region
        and h.container_instance_arn = blocked.container_instance_arn
inner join container_instance_groups as g
    on
        h.account_id = g.account_id and h.region = g.region
        and h.container_instance_arn = g.container_instance_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance.' as reason,
    null as task_definitions,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
