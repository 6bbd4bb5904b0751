/* ---
title: Privileged container
severity: high
confidence: certain
why: >
  A privileged container is root on its host: it can load modules, read every disk and reach
  the credentials of all other tasks there.
fix: >
  Drop privileged and add the single capability or device that is needed.
effort: medium
controls: {aws-fsbp: [ECS.4]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when false then 'skip'
        when c.privileged then 'fail'
        else 'pass'
    end as status,
    case
        when false then 'Does not apply here.'
        when c.privileged then 'The container is privileged.'
        else 'The container is not privileged.'
    end as reason,
    c.privileged
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn;
