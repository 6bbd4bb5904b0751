/* ---
title: Execution role missing where the definition needs one
severity: high
confidence: certain
why: >
  Without an execution role the agent cannot fetch the secrets, pull the private image or
  write the logs: no task starts.
fix: >
  Set executionRoleArn to a role that trusts ecs-tasks and grants exactly what this definition
  names.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
--- */
with needs as (
    select task_definition_arn, 'secrets' as need from container_secrets
    union
    select task_definition_arn, 'environment files' as need from container_environment_files
    union
    select d.task_definition_arn, 'awslogs' as need
    from containers as c
    join task_definitions as d
        on
            c.account_id = d.account_id and c.region = d.region
            and c.task_definition_arn = d.task_definition_arn
    where (d.requires_fargate or d.requires_managed_instances) and c.log_driver = 'awslogs'
    union
    select d.task_definition_arn, 'a private ECR image' as need
    from containers as c
    join task_definitions as d
        on
            c.account_id = d.account_id and c.region = d.region
            and c.task_definition_arn = d.task_definition_arn
    where (d.requires_fargate or d.requires_managed_instances) and c.image_ecr_account_id is not null
),

counted as (
    select task_definition_arn, count(*) as need_count, min(need) as need
    from needs
    group by task_definition_arn
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when counted.need_count is null then 'skip'
        when d.execution_role_arn is null then 'fail'
        else 'pass'
    end as status,
    case
        when counted.need_count is null then 'Nothing in the definition needs an execution role.'
        when d.execution_role_arn is null
            then concat('No execution role, though it uses ', counted.need, '.')
        else 'An execution role is set.'
    end as reason,
    counted.need,
    counted.need_count
from task_definitions as d
left join counted on d.task_definition_arn = counted.task_definition_arn;
