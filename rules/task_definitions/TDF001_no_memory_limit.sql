/* ---
title: Container without a memory hard limit on EC2
severity: medium
confidence: certain
why: >
  A leak in one container takes the memory of the whole host, and the kernel kills whatever it
  likes.
fix: >
  Set memory on the container, or a task-level memory.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when d.requires_fargate or d.memory is not null then 'skip'
        when c.memory is null then 'fail'
        else 'pass'
    end as status,
    case
        when d.requires_fargate or d.memory is not null then 'Does not apply here.'
        when c.memory is null then concat('No hard limit; the soft limit is ', coalesce(c.memory_reservation::varchar, 'absent'), '.')
        else 'A hard limit is set.'
    end as reason,
    c.memory_reservation
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn;
