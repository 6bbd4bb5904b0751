/* ---
title: Container has no log configuration
severity: high
confidence: certain
why: >
  What happened in the container is gone with it: no incident can be followed.
fix: >
  Add a logConfiguration.
effort: small
controls: {aws-fsbp: [ECS.9]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when false then 'skip'
        when c.log_driver is null then 'fail'
        else 'pass'
    end as status,
    case
        when false then 'Does not apply here.'
        when c.log_driver is null then 'No logConfiguration.'
        else 'A log driver is set.'
    end as reason,
    c.log_driver
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn;
