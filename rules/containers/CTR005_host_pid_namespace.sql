/* ---
title: Host PID namespace shared
severity: high
confidence: certain
why: >
  The task sees, and may signal or trace, every process of its host.
fix: >
  Remove pidMode host, or use task to share within the task.
effort: small
snippets:
  cloudformation: |
    PidMode: task
controls: {aws-fsbp: [ECS.3]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.pid_mode is null or d.pid_mode not in ('host', 'shared') then 'pass'
        when d.requires_fargate or d.is_windows or a.agent is not null then 'skip'
        else 'fail'
    end as status,
    case
        when d.pid_mode is null or d.pid_mode not in ('host', 'shared')
            then 'The PID namespace of the host is not shared.'
        when a.agent is not null then concat('It is the host agent ', a.agent, '.')
        else concat('pidMode is ', d.pid_mode, '.')
    end as reason,
    d.pid_mode
from task_definitions as d
left join task_definition_host_agents as a
    on
        d.account_id = a.account_id and d.region = a.region
        and d.task_definition_arn = a.task_definition_arn
