/* ---
title: Task uses host network mode
severity: medium
confidence: certain
why: >
  The task has no security group of its own, shares the host's ports and reaches its loopback
  services.
fix: >
  Use awsvpc.
effort: medium
yields_to: [CTR007]
controls: {aws-fsbp: [ECS.17]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.is_windows or d.requires_fargate then 'skip'
        when coalesce(d.network_mode, '') = 'host' then 'fail'
        else 'pass'
    end as status,
    case
        when d.is_windows or d.requires_fargate then 'Does not apply here.'
        when coalesce(d.network_mode, '') = 'host' then 'Network mode is host.'
        else 'The task does not use host mode.'
    end as reason,
    d.network_mode
from task_definitions as d;
