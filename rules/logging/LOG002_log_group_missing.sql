/* ---
title: Log group does not exist and will not be created
severity: high
confidence: certain
why: >
  The container cannot start: the log driver fails before the first line.
fix: >
  Create the log group, or set awslogs-create-group and grant logs:CreateLogGroup.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
--- */
with options as (
    select account_id, region, task_definition_arn, container_name,
        max(case when name = 'awslogs-group' then value end) as log_group,
        max(case when name = 'awslogs-region' then value end) as log_region,
        max(case when name = 'awslogs-create-group' then lower(value) end) as create_group
    from container_log_options
    group by account_id, region, task_definition_arn, container_name
),

scopes as (
    select distinct account_id, region from snapshot_scopes
)

select
    c.task_definition_arn as resource,
    c.part,
    case
        when c.log_driver is distinct from 'awslogs' or o.log_group is null then 'skip'
        when g.log_group_name is not null or o.create_group = 'true' then 'pass'
        when scopes.region is null then 'unknown'
        else 'fail'
    end as status,
    case
        when c.log_driver is distinct from 'awslogs' or o.log_group is null
            then 'No awslogs group is named.'
        when g.log_group_name is not null then concat('Log group ', o.log_group, ' exists.')
        when o.create_group = 'true' then concat('Log group ', o.log_group, ' is made when needed.')
        when scopes.region is null then concat('Region ', o.log_region, ' was not collected.')
        else concat('Log group ', o.log_group, ' does not exist in ', coalesce(o.log_region, c.region), '.')
    end as reason,
    o.log_group,
    o.log_region
from containers as c
left join options as o
    on
        c.account_id = o.account_id and c.region = o.region
        and c.task_definition_arn = o.task_definition_arn
        and c.container_name = o.container_name
left join log_groups as g
    on
        c.account_id = g.account_id and coalesce(o.log_region, c.region) = g.region
        and o.log_group = g.log_group_name
left join scopes
    on c.account_id = scopes.account_id and coalesce(o.log_region, c.region) = scopes.region;
