/* ---
title: Static AWS keys or registry login in environment
severity: critical
confidence: likely
why: >
  A long-lived key in the environment works from anywhere until somebody deactivates it; a
  task role gives short-lived credentials for nothing.
fix: >
  Use taskRoleArn for AWS and repositoryCredentials for registries; deactivate the key and
  delete the revisions that show it.
effort: small
controls: {aws-fsbp: [ECS.8]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with found as (
    select account_id, region, task_definition_arn, container_name,
        count(*) as key_count,
        max(akia_account_id) as key_account_id,
        max(case when value_class = 'unclassified' then 1 else 0 end) as unclassified
    from container_environment
    where
        (
            name in ('AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA')
            or (name = 'AWS_ACCESS_KEY_ID' and value_kind = 'aws_access_key_id' and akia_account_id is not null)
        )
        and value_class in ('secret', 'unclassified')
    group by account_id, region, task_definition_arn, container_name
)

select
    containers.task_definition_arn as resource,
    containers.part,
    case
        when found.key_count is null then 'pass'
        when found.unclassified = 1 then 'unknown'
        else 'fail'
    end as status,
    case
        when found.key_count is null then 'No static AWS key stands in the environment.'
        else concat(
            found.key_count, ' static credential variables, key of account ',
            coalesce(found.key_account_id, 'unknown'), '.'
        )
    end as reason,
    found.key_account_id,
    found.key_count
from containers
left join found
    on
        containers.account_id = found.account_id
        and containers.region = found.region
        and containers.task_definition_arn = found.task_definition_arn
        and containers.container_name = found.container_name;
