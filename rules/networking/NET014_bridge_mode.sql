/* ---
title: Bridge network mode, stated or by default
severity: low
confidence: certain
why: >
  Tasks in bridge mode have no security group of their own and sit one hop from the metadata
  service.
fix: >
  Use awsvpc.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    task_definition_arn as resource,
    null::varchar as part,
    case
        when
            is_windows or requires_fargate or requires_external or requires_managed_instances
            or is_daemon or not in_use
            then 'skip'
        when coalesce(network_mode, 'bridge') = 'bridge' then 'fail'
        else 'pass'
    end as status,
    concat('Network mode is ', coalesce(network_mode, 'not stated'), '.') as reason,
    network_mode
from task_definitions
