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
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
--- */
with found as (
    select account_id, region, task_definition_arn, container_name, part, name, value_class,
        value_kind
    from container_log_options
    where value_class in ('secret', 'unclassified')
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
        when 'secret' then concat('Log option ', found.name, ' holds a credential.')
        when 'unclassified' then concat('Log option ', found.name, ' could not be classified.')
        else 'No log option holds a credential.'
    end as reason,
    found.name as option,
    found.value_kind,
    found.value_class
from containers
left join found
    on
        containers.account_id = found.account_id
        and containers.region = found.region
        and containers.task_definition_arn = found.task_definition_arn
        and containers.container_name = found.container_name;
