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
snippets:
  cloudformation: |
    TaskRoleArn: TASK_ROLE_ARN
    ContainerDefinitions:
      - Name: CONTAINER
        RepositoryCredentials:
          CredentialsParameter: SECRET_ARN
controls: {aws-fsbp: [ECS.8]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with emulated as (
    select distinct
        account_id,
        region,
        task_definition_arn,
        container_name
    from container_environment
    where
        starts_with(name, 'AWS_ENDPOINT_URL')
        and regexp_matches(
            lower(value),
            '^https?://(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.'
            || '|\[(::1|f[cd][0-9a-f:]+)\]|[a-z0-9_-]+([:/]|$)'
            || '|[a-z0-9._-]+\.(internal|local|localhost|test)([:/]|$))'
        )
),

keys as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        name,
        akia_account_id,
        case
            when value_class = 'unclassified' then 'unknown'
            when
                name in ('AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA')
                or value_kind = 'aws_access_key_id'
                then 'static'
            -- its id expires by itself, and still names the account
            else 'temporary'
        end as says
    from container_environment
    where
        value_class in ('secret', 'unclassified')
        and name in (
            'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ACCESS_KEY_ID',
            'ECS_ENGINE_AUTH_DATA'
        )
),

found as (
    select
        k.account_id,
        k.region,
        k.task_definition_arn,
        k.container_name,
        count_if(k.says = 'static') as key_count,
        count_if(k.says = 'unknown') as unknown_count,
        max(k.akia_account_id) as key_account_id
    from keys as k
    left join emulated as x
        on
            k.account_id = x.account_id and k.region = x.region
            and k.task_definition_arn = x.task_definition_arn
            and k.container_name = x.container_name
    where x.container_name is null or k.name = 'ECS_ENGINE_AUTH_DATA'
    group by k.account_id, k.region, k.task_definition_arn, k.container_name
)

select
    containers.task_definition_arn as resource,
    containers.part,
    case
        when found.key_count > 0 then 'fail'
        when found.unknown_count > 0 then 'unknown'
        else 'pass'
    end as status,
    case
        when found.key_count > 0
            then concat(
                found.key_count, ' static credential variable(s)',
                coalesce(concat(', key of account ', found.key_account_id), ''), '.'
            )
        when found.unknown_count > 0 then 'A credential variable could not be classified.'
        else 'No static AWS key stands in the environment.'
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
