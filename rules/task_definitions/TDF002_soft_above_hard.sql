/* ---
title: Soft limit above the hard limit
severity: high
confidence: certain
why: >
  Registering such a definition is refused; a file that holds it breaks the deployment.
fix: >
  Lower memoryReservation below memory.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when c.memory is null or c.memory_reservation is null then 'skip'
        when c.memory_reservation > c.memory then 'fail'
        else 'pass'
    end as status,
    case
        when c.memory is null or c.memory_reservation is null then 'Does not apply here.'
        when c.memory_reservation > c.memory then concat('memoryReservation ', c.memory_reservation, ' is above memory ', c.memory, '.')
        else 'The soft limit is not above the hard one.'
    end as reason,
    c.memory, c.memory_reservation
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn;
