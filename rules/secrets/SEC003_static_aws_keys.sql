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
with emulated as (
    select distinct account_id, region, task_definition_arn, container_name
    from container_environment
    where
        starts_with(name, 'AWS_ENDPOINT_URL')
        and regexp_matches(
            lower(value),
            '^https?://(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.'
            || '|host\.docker\.internal|[a-z0-9_-]+([:/]|$))'
        )
),

found as (
    select
        e.account_id, e.region, e.task_definition_arn, e.container_name,
        count(*) as key_count,
        max(e.akia_account_id) as key_account_id,
        bool_and(e.value_class = 'unclassified') as is_unclassified
    from container_environment as e
    left join emulated as x
        on
            e.account_id = x.account_id and e.region = x.region
            and e.task_definition_arn = x.task_definition_arn
            and e.container_name = x.container_name
    where
        e.value_class in ('secret', 'unclassified')
        and (
            e.name in ('AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA')
            or (
                e.name = 'AWS_ACCESS_KEY_ID'
                and (e.value_class = 'unclassified' or e.akia_account_id is not null)
            )
        )
        and (x.container_name is null or e.name = 'ECS_ENGINE_AUTH_DATA')
    group by e.account_id, e.region, e.task_definition_arn, e.container_name
)

select
    containers.task_definition_arn as resource,
    containers.part,
    case
        when found.key_count is null then 'pass'
        when found.is_unclassified then 'unknown'
        else 'fail'
    end as status,
    case
        when found.key_count is null then 'No static AWS key stands in the environment.'
        when found.is_unclassified then 'The credential variables could not be classified.'
        else concat(
            found.key_count, ' static credential variable(s)',
            coalesce(concat(', key of account ', found.key_account_id), ''), '.'
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
