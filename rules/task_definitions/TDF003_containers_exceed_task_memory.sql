/* ---
title: Containers do not fit the task memory
severity: high
confidence: certain
why: >
  The definition promises more memory than the task has: registering is refused or containers
  are killed.
fix: >
  Raise the task memory or lower the reservations.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
with summed as (
    select
        account_id,
        region,
        task_definition_arn,
        sum(coalesce(memory_reservation, memory, 0)) as reserved,
        max(coalesce(memory, 0)) as largest
    from containers
    group by account_id, region, task_definition_arn
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.memory is null then 'skip'
        when summed.reserved > d.memory or summed.largest > d.memory then 'fail'
        else 'pass'
    end as status,
    case
        when d.memory is null then 'No task memory is set.'
        else concat(
            summed.reserved, ' MiB reserved, largest container ', summed.largest, ', task ',
            d.memory, ' MiB.'
        )
    end as reason,
    summed.reserved,
    d.memory
from task_definitions as d
inner join summed
    on
        d.account_id = summed.account_id and d.region = summed.region
        and d.task_definition_arn = summed.task_definition_arn;
