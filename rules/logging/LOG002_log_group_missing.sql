/* ---
title: Log group does not exist and will not be created
severity: high
confidence: certain
why: >
  The container cannot start: the log driver fails before the first line.
fix: >
  Create the log group, or set awslogs-create-group and grant logs:CreateLogGroup.
optional: [express_services]
effort: small
snippets:
  cli: |
    aws logs create-log-group --log-group-name LOG_GROUP
  terraform: |
    resource "aws_cloudwatch_log_group" "NAME" {
      name              = "LOG_GROUP"
      retention_in_days = 90
    }
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
--- */
with options as (
    select account_id, region, task_definition_arn, container_name,
        max(case when name = 'awslogs-group' then value end) as log_group,
        bool_or(name = 'awslogs-group') as is_named,
        max(case when name = 'awslogs-region' then value end) as log_region,
        max(case when name = 'awslogs-create-group' then lower(value) end) as create_group
    from container_log_options
    group by account_id, region, task_definition_arn, container_name
),

scopes as (
    select distinct account_id, region from snapshot_scopes
),

unread as (
    select distinct account_id, region
    from collection_calls
    where status <> 'ok' and contains(concat(',', tables_read, ','), ',log_groups,')
),

express as (
    select distinct account_id, region, task_definition_arn
    from express_services
    where task_definition_arn is not null
),

judged as (
    select c.task_definition_arn, c.part, o.log_group,
        coalesce(o.log_region, c.region) as log_region,
        case
            when c.log_driver is distinct from 'awslogs' or not coalesce(o.is_named, false)
                then 'no group'
            -- Express services without a definition are named by their service revision.
            when
                e.task_definition_arn is not null
                or contains(c.task_definition_arn, ':service-revision/')
                then 'express'
            when o.create_group = 'true' then 'made'
            when o.log_group is null then 'hidden'
            when g.log_group_name is not null then 'there'
            when s.region is null or u.region is not null then 'not collected'
            else 'missing'
        end as state
    from containers as c
    left join options as o
        on
            c.account_id = o.account_id and c.region = o.region
            and c.task_definition_arn = o.task_definition_arn
            and c.container_name = o.container_name
    left join express as e
        on
            c.account_id = e.account_id and c.region = e.region
            and c.task_definition_arn = e.task_definition_arn
    left join log_groups as g
        on
            c.account_id = g.account_id and coalesce(o.log_region, c.region) = g.region
            and o.log_group = g.log_group_name
    left join scopes as s
        on c.account_id = s.account_id and coalesce(o.log_region, c.region) = s.region
    left join unread as u
        on c.account_id = u.account_id and coalesce(o.log_region, c.region) = u.region
)

select
    task_definition_arn as resource,
    part,
    case state
        when 'missing' then 'fail'
        when 'not collected' then 'unknown'
        when 'hidden' then 'unknown'
        when 'no group' then 'skip'
        when 'express' then 'skip'
        else 'pass'
    end as status,
    case state
        when 'missing' then concat('Log group ', log_group, ' does not exist in ', log_region, '.')
        when 'not collected' then concat('The log groups of ', log_region, ' were not collected.')
        when 'hidden' then 'The name of the log group is not stored.'
        when 'no group' then 'No awslogs group is named.'
        when 'express' then 'AWS makes the log group of an Express service.'
        when 'made' then concat('Log group ', log_group, ' is made when needed.')
        else concat('Log group ', log_group, ' exists.')
    end as reason,
    log_group,
    log_region
from judged
