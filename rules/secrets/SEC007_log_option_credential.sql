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
with options as (
    select account_id, region, task_definition_arn, container_name, part, name, value_class,
        value_kind, value_confidence
    from container_log_options
    union all
    select account_id, region, task_definition_arn, container_name, part, name, value_class,
        value_kind, value_confidence
    from container_firelens_options
),

found as (
    select account_id, region, task_definition_arn as resource, container_name, part, name,
        value_class, value_kind
    from options
    where
        value_class = 'unclassified'
        or (value_class = 'secret' and value_confidence in ('high', 'medium'))
    union all
    select account_id, region, service_arn as resource, null as container_name, part, name,
        value_class, value_kind
    from service_connect_log_options
    where
        value_class = 'unclassified'
        or (value_class = 'secret' and value_confidence in ('high', 'medium'))
)

select
    resource,
    part,
    case value_class when 'secret' then 'fail' else 'unknown' end as status,
    case value_class
        when 'secret' then concat('Log option ', name, ' holds a credential (', value_kind, ').')
        else concat('Log option ', name, ' could not be classified.')
    end as reason,
    account_id,
    region,
    name as option,
    value_kind
from found
union all
select
    c.task_definition_arn as resource,
    c.part,
    'pass' as status,
    'No log option holds a credential.' as reason,
    c.account_id,
    c.region,
    null as option,
    null as value_kind
from containers as c
where
    not exists (
        select 1
        from found as f
        where
            f.account_id = c.account_id and f.region = c.region
            and f.resource = c.task_definition_arn
            and f.container_name = c.container_name
    );
