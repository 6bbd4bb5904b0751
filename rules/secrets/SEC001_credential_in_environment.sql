/* ---
title: Credential-shaped value in a plaintext environment variable
severity: critical
confidence: certain
why: >
  The value has the form of a credential, whatever the variable is called. Everyone who may
  call ecs:DescribeTaskDefinition reads it, and every older revision keeps it.
fix: >
  Move the value to Secrets Manager or SSM and name it under secrets; rotate the credential;
  deregister and delete the old revisions.
effort: small
snippets:
  terraform: |
    secrets = [{ name = "VARIABLE", valueFrom = aws_secretsmanager_secret.NAME.arn }]
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        Secrets:
          - Name: VARIABLE
            ValueFrom: SECRET_ARN
controls: {aws-fsbp: [ECS.8]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
--- */
with found as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        part,
        name,
        value_class,
        value_kind,
        preview,
        akia_account_id
    from container_environment
    where
        value_class = 'unclassified'
        or (
            value_confidence = 'high'
            and not starts_with(value_kind, 'named_')
            -- SEC003 judges these; a temporary key id alone expires by itself
            and name not in (
                'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA'
            )
            and not (
                name = 'AWS_ACCESS_KEY_ID'
                and value_kind in ('aws_access_key_id', 'aws_temporary_key_id')
            )
        )
    union all
    -- pasted into valueFrom, where a reference belongs
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        part,
        name,
        'secret' as value_class,
        value_kind,
        null as preview,
        null as akia_account_id
    from container_secrets
    where value_kind <> 'no_name'
)

select
    containers.task_definition_arn as resource,
    coalesce(found.part, containers.part) as part,
    case found.value_class
        when 'secret' then 'fail'
        when 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case found.value_class
        when 'secret'
            then concat(found.name, ' holds a credential (', found.value_kind, ').')
        when 'unclassified' then concat(found.name, ' could not be classified.')
        else 'No variable holds a credential-shaped value.'
    end as reason,
    found.name as variable,
    found.value_kind,
    found.preview,
    found.akia_account_id,
    found.value_class
from containers
left join found
    on
        containers.account_id = found.account_id
        and containers.region = found.region
        and containers.task_definition_arn = found.task_definition_arn
        and containers.container_name = found.container_name;
