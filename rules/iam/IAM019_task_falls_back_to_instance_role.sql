/* ---
title: EC2 task without a task role uses instance credentials
severity: medium
confidence: likely
why: >
  An SDK that finds no task credentials asks the metadata service and works with the rights of
  the host.
fix: >
  Set taskRoleArn; a role without policies is enough.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with exposed as (
    select
        account_id,
        region,
        task_definition_arn,
        bool_or(reachable) as is_reachable,
        min(role_arn) as instance_role_arn
    from iam_role_workloads
    where via = 'metadata'
    group by account_id, region, task_definition_arn
),

overriding as (
    select
        account_id,
        region,
        task_definition_arn
    from tasks
    group by account_id, region, task_definition_arn
    having bool_and(override_task_role_arn is not null)
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.task_role_arn is not null or e.task_definition_arn is null then 'skip'
        when o.task_definition_arn is not null then 'skip'
        when e.is_reachable then 'fail'
        else 'pass'
    end as status,
    case
        when d.task_role_arn is not null then 'The definition has a task role.'
        when e.task_definition_arn is null then 'No task of it runs beside an instance role.'
        when o.task_definition_arn is not null then 'Every task has a role by its override.'
        when e.is_reachable
            then
                concat(
                    'Tasks reach the metadata service and so the role ', e.instance_role_arn, '.'
                )
        else 'The metadata service is out of reach of the tasks.'
    end as reason,
    d.account_id,
    d.region,
    e.instance_role_arn
from task_definitions as d
left join exposed as e
    on
        d.account_id = e.account_id and d.task_definition_arn = e.task_definition_arn
left join overriding as o
    on
        d.account_id = o.account_id and d.region = o.region
        and d.task_definition_arn = o.task_definition_arn
where d.in_use
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'Nothing runs the revision.' as reason,
    d.account_id,
    d.region,
    null as instance_role_arn
from task_definitions as d
where not d.in_use;
