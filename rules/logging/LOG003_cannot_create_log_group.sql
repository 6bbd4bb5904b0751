/* ---
title: Log group must be created but the role may not
severity: high
confidence: likely
why: >
  The first task fails: the log driver is told to make the group and is refused.
fix: >
  Create the group beforehand, or grant logs:CreateLogGroup on it to the execution role.
effort: small
snippets:
  iam: |
    {"Effect": "Allow", "Action": "logs:CreateLogGroup",
     "Resource": ["arn:aws:logs:REGION:ACCOUNT_ID:log-group:LOG_GROUP",
                  "arn:aws:logs:REGION:ACCOUNT_ID:log-group:LOG_GROUP:*"]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
--- */
with options as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        max(case when name = 'awslogs-group' then value end) as log_group,
        max(case when name = 'awslogs-region' then value end) as log_region,
        max(case when name = 'awslogs-create-group' then lower(value) end) as create_group
    from container_log_options
    group by account_id, region, task_definition_arn, container_name
),

judged as (
    select
        c.account_id,
        c.region,
        c.task_definition_arn,
        c.part,
        o.log_group,
        coalesce(o.create_group, '') = 'true' as is_created,
        g.log_group_name is not null as is_there,
        coalesce(o.log_region, c.region) not in (
            select s.region from snapshot_scopes as s
            where s.account_id = c.account_id
        )
        or coalesce(o.log_region, c.region) in (
            select p.region from collection_gaps as p
            where p.account_id = c.account_id and p.call = 'logs:DescribeLogGroups'
        ) as is_unread
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
)

select
    j.task_definition_arn as resource,
    j.part,
    case
        when not j.is_created then 'skip'
        when j.is_there then 'pass'
        when c.status = 'fail' and j.is_unread then 'unknown'
        else coalesce(c.status, 'skip')
    end as status,
    case
        when not j.is_created then 'The group is not to be created.'
        when j.is_there then 'The group exists already.'
        when c.status = 'fail' and j.is_unread
            then concat(c.reason, ' Whether the group exists could not be read.')
        else coalesce(c.reason, 'No collected role is responsible.')
    end as reason,
    j.log_group,
    c.role,
    c.change,
    c.snippet
from judged as j
left join iam_worst_checks as c
    on
        j.account_id = c.account_id and j.region = c.region
        and j.task_definition_arn = c.task_definition_arn and j.part = c.part
        and c.purpose = 'log-create';
