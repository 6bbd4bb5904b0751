/* ---
title: Placeholder credential in a live definition
severity: low
confidence: likely
why: >
  A placeholder that reached production is either a password anyone guesses or a deployment
  that does not work.
fix: >
  Replace it by a secret, or remove the variable.
effort: small
yields_to: [SEC002]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
--- */
with found as (
    select account_id, region, task_definition_arn, container_name, part, name
    from container_environment
    where value_class = 'placeholder'
)

select
    containers.task_definition_arn as resource,
    coalesce(found.part, containers.part) as part,
    case when found.part is null then 'pass' else 'fail' end as status,
    case
        when found.part is null then 'No variable holds a placeholder.'
        else concat(found.name, ' holds a placeholder instead of a value.')
    end as reason,
    found.name as variable
from containers
left join found
    on
        containers.account_id = found.account_id
        and containers.region = found.region
        and containers.task_definition_arn = found.task_definition_arn
        and containers.container_name = found.container_name;
