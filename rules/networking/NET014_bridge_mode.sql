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
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.is_windows or not d.requires_ec2 then 'skip'
        when coalesce(d.network_mode, 'bridge') = 'bridge' then 'fail'
        else 'pass'
    end as status,
    case
        when d.is_windows or not d.requires_ec2 then 'Does not apply here.'
        when coalesce(d.network_mode, 'bridge') = 'bridge' then concat('Network mode is ', coalesce(d.network_mode, 'not stated, so bridge'), '.')
        else 'The task does not use bridge mode.'
    end as reason,
    d.network_mode
from task_definitions as d;
