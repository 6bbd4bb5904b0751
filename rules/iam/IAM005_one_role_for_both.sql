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
select
    task_definition_arn as resource,
    null::varchar as part,
    case
        when task_role_arn is null or execution_role_arn is null then 'skip'
        when task_role_arn = execution_role_arn then 'fail'
        else 'pass'
    end as status,
    case
        when task_role_arn is null or execution_role_arn is null then 'Only one role is set.'
        when task_role_arn = execution_role_arn
            then concat('Both roles are ', task_role_arn, '.')
        else 'The roles differ.'
    end as reason,
    task_role_arn
from task_definitions;
