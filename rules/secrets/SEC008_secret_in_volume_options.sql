/* ---
title: Secret in volume driver options or proxy properties
severity: high
confidence: likely
why: >
  Mount options are part of the definition: whoever may describe it reads the password.
fix: >
  Use a credentials file, or a volume type that takes its credentials from Secrets Manager.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/docker-volumes.html
--- */
select
    task_definition_arn as resource,
    part,
    case
        when value_confidence in ('high', 'medium') then 'fail'
        when value_class = 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case
        when value_confidence in ('high', 'medium')
            then concat('Option ', name, ' holds a secret (', value_kind, ').')
        when value_class = 'unclassified'
            then concat('Option ', name, ' could not be classified.')
        else 'The option holds no secret.'
    end as reason,
    name as option,
    value_kind,
    value_class
from volume_options
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No driver option and no proxy property.' as reason,
    null as option,
    null as value_kind,
    null as value_class
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from volume_options);
