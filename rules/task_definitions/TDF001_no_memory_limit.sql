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
        when c.memory is not null then 'pass'
        when d.is_windows or a.agent is not null then 'skip'
        else 'fail'
    end as status,
    case
        when d.requires_fargate or d.memory is not null then 'The task has a size.'
        when c.memory is not null then 'A hard limit is set.'
        when a.agent is not null then concat('It is the host agent ', a.agent, '.')
        else concat(
            'No hard limit; the soft limit is ',
            coalesce(c.memory_reservation::varchar, 'absent'), '.'
        )
    end as reason,
    c.memory_reservation
from containers as c
inner join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn
left join container_host_agents as a
    on
        c.account_id = a.account_id and c.region = a.region
        and c.task_definition_arn = a.task_definition_arn
        and c.part = a.part
