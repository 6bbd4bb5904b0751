/* ---
title: Root filesystem is writable
severity: low
confidence: certain
why: >
  An attacker can plant tools and change the application while the container runs.
fix: >
  Set readonlyRootFilesystem and mount a volume or tmpfs where the application writes.
effort: medium
controls: {aws-fsbp: [ECS.5]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when d.is_windows then 'skip'
        when c.readonly_root_filesystem is distinct from true then 'fail'
        else 'pass'
    end as status,
    case
        when d.is_windows then 'Does not apply here.'
        when c.readonly_root_filesystem is distinct from true then 'The root filesystem is writable.'
        else 'The root filesystem is read-only.'
    end as reason,
    c.readonly_root_filesystem
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn;
