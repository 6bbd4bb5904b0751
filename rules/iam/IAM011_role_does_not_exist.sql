/* ---
title: Referenced role does not exist or is not of this account
severity: high
confidence: certain
why: >
  A task cannot start with a role that is gone, and iam:PassRole does not cross accounts.
fix: >
  Create the role or correct the ARN, and register a new revision.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with named as (
    select task_definition_arn, account_id, task_role_arn as role_arn, 'task' as kind
    from task_definitions where task_role_arn is not null
    union all
    select task_definition_arn, account_id, execution_role_arn as role_arn, 'execution' as kind
    from task_definitions where execution_role_arn is not null
),

missing as (
    select named.task_definition_arn, min(named.role_arn) as role_arn, count(*) as missing_count
    from named
    left join iam_roles as r on named.account_id = r.account_id and named.role_arn = r.role_arn
    where r.role_arn is null
    group by named.task_definition_arn
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.task_role_arn is null and d.execution_role_arn is null then 'skip'
        when missing.missing_count is not null then 'fail'
        else 'pass'
    end as status,
    case
        when d.task_role_arn is null and d.execution_role_arn is null then 'No role is named.'
        when missing.missing_count is not null
            then concat(missing.missing_count, ' role is not in the account: ', missing.role_arn, '.')
        else 'Every named role exists.'
    end as reason,
    missing.role_arn as role
from task_definitions as d
left join missing on d.task_definition_arn = missing.task_definition_arn;
