/* ---
title: CPU/memory pair invalid for Fargate
severity: high
confidence: certain
why: >
  Fargate takes certain pairs of CPU and memory alone; others are refused when the task is
  started.
fix: >
  Choose a pair of the table in the developer guide.
effort: small
snippets:
  cloudformation: |
    Cpu: "512"
    Memory: "1024"
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
--- */
select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when not d.requires_fargate then 'skip'
        when count(z.cpu) = 0 then 'fail'
        else 'pass'
    end as status,
    case
        when not d.requires_fargate then 'Not for Fargate.'
        else
            concat(
                'CPU ',
                coalesce(d.cpu_text, 'absent'),
                ', memory ',
                coalesce(d.memory_text, 'absent'),
                '.'
            )
    end as reason,
    d.cpu,
    d.memory
from task_definitions as d
left join fargate_sizes as z
    on
        d.cpu = z.cpu and d.memory = z.memory
        and (z.os = 'ANY' or not d.is_windows)
group by d.task_definition_arn, d.requires_fargate, d.cpu, d.memory, d.cpu_text, d.memory_text;
