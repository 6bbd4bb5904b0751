/* ---
title: Host PID namespace shared
severity: high
confidence: certain
why: >
  The task sees, and may signal or trace, every process of its host.
fix: >
  Remove pidMode host, or use task to share within the task.
effort: small
controls: {aws-fsbp: [ECS.3]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    task_definition_arn as resource,
    null::varchar as part,
    case when pid_mode in ('host', 'shared') then 'fail' else 'pass' end as status,
    case
        when pid_mode in ('host', 'shared') then concat('pidMode is ', pid_mode, '.')
        else 'The PID namespace of the host is not shared.'
    end as reason,
    pid_mode
from task_definitions;
