/* ---
title: Secret in command, entryPoint or health check
severity: high
confidence: likely
why: >
  Command words are part of the definition: whoever may describe it reads them, and they stand
  in the host's process list.
fix: >
  Read the value from an injected secret when the container starts.
effort: small
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
        max(place) as place,
        max(value_kind) as value_kind,
        min(value_class) as value_class
    from container_commands
    where
        value_class = 'unclassified'
        or value_confidence in ('high', 'medium')
    group by account_id, region, task_definition_arn, container_name, part
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
        when 'secret' then concat('The ', found.place, ' holds a secret (', found.value_kind, ').')
        when 'unclassified' then concat('The ', found.place, ' could not be classified.')
        else 'No command word holds a secret.'
    end as reason,
    found.place,
    found.value_kind,
    found.value_class
from containers
left join found
    on
        containers.account_id = found.account_id
        and containers.region = found.region
        and containers.task_definition_arn = found.task_definition_arn
        and containers.container_name = found.container_name;
