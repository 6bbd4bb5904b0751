/* ---
title: Task role and execution role are the same role
severity: medium
confidence: certain
why: >
  The application gets the agent's rights: every secret and image of the definition.
fix: >
  Give the application a role of its own.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
--- */
with judged as (
    select
        account_id,
        region,
        task_definition_arn,
        task_role_arn,
        execution_role_arn,
        regexp_extract(task_role_arn, '[^/]+$') = regexp_extract(execution_role_arn, '[^/]+$')
        and (
            not starts_with(task_role_arn, 'arn:') or not starts_with(execution_role_arn, 'arn:')
            or split_part(task_role_arn, ':', 5) = split_part(execution_role_arn, ':', 5)
        ) as is_same
    from task_definitions
)

select
    task_definition_arn as resource,
    null::varchar as part,
    case
        when task_role_arn is null or execution_role_arn is null then 'skip'
        when is_same then 'fail'
        else 'pass'
    end as status,
    case
        when task_role_arn is null or execution_role_arn is null then 'Only one role is set.'
        when is_same then concat('Both roles are ', task_role_arn, '.')
        else 'The roles differ.'
    end as reason,
    task_role_arn
from judged;
