/* ---
title: Log group must be created but the role may not
severity: high
confidence: likely
why: >
  The first task fails: the log driver is told to make the group and is refused.
fix: >
  Create the group beforehand, or grant logs:CreateLogGroup on it to the execution role.
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

checks as (
    select account_id, region, task_definition_arn, part, role_name, verdict, reason
    from iam_checks
    where purpose = 'log-create'
)

select
    c.task_definition_arn as resource,
    c.part,
    case
        when coalesce(o.create_group, '') <> 'true' then 'skip'
        when g.log_group_name is not null then 'pass'
        when checks.verdict = 'denied' then 'fail'
        when checks.verdict = 'allowed' then 'pass'
        when checks.verdict is null then 'skip'
        else 'unknown'
    end as status,
    case
        when coalesce(o.create_group, '') <> 'true' then 'The group is not to be created.'
        when g.log_group_name is not null then 'The group exists already.'
        when checks.verdict is null then 'No collected execution role to judge.'
        else concat(checks.reason, '.')
    end as reason,
    o.log_group,
    checks.role_name as role
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
left join checks
    on
        c.account_id = checks.account_id and c.region = checks.region
        and c.task_definition_arn = checks.task_definition_arn and c.part = checks.part;
