/* ---
title: Log-driver credential passed as a plain option
severity: high
confidence: likely
why: >
  A token among the log options is as readable as an environment variable and lets its holder
  write to, or read, the log platform.
fix: >
  Name the credential under logConfiguration.secretOptions with a valueFrom, and rotate it.
effort: small
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        LogConfiguration:
          LogDriver: DRIVER
          SecretOptions:
            - Name: OPTION
              ValueFrom: SECRET_ARN
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
--- */
with options as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        part,
        name,
        value_class,
        value_kind,
        value_confidence
    from container_log_options
    union all
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        part,
        name,
        value_class,
        value_kind,
        value_confidence
    from container_firelens_options
),

found as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        part,
        name,
        value_class,
        value_kind
    from options
    where
        value_class = 'unclassified'
        or value_confidence in ('high', 'medium')
)

select
    c.task_definition_arn as resource,
    coalesce(f.part, c.part) as part,
    case f.value_class
        when 'secret' then 'fail'
        when 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case f.value_class
        when 'secret'
            then concat('Log option ', f.name, ' holds a credential (', f.value_kind, ').')
        when 'unclassified' then concat('Log option ', f.name, ' could not be classified.')
        else 'No log option holds a credential.'
    end as reason,
    c.account_id,
    c.region,
    f.name as option,
    f.value_kind
from containers as c
left join found as f
    on
        c.account_id = f.account_id and c.region = f.region
        and c.task_definition_arn = f.task_definition_arn
        and c.container_name = f.container_name
union all
select
    service_arn as resource,
    part,
    case
        when value_confidence in ('high', 'medium') then 'fail'
        when value_class = 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case
        when value_confidence in ('high', 'medium')
            then concat('Log option ', name, ' holds a credential (', value_kind, ').')
        when value_class = 'unclassified'
            then concat('Log option ', name, ' could not be classified.')
        else 'The log option holds no credential.'
    end as reason,
    account_id,
    region,
    name as option,
    value_kind
from service_connect_log_options;
