/* ---
title: dependsOn names an unknown container
severity: high
confidence: certain
why: >
  The start order cannot be resolved; the definition is refused or the task hangs.
fix: >
  Name a container of the same definition.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    w.task_definition_arn as resource,
    w.part,
    case when t.container_name is null or w.target = w.container_name then 'fail' else 'pass' end
        as status,
    case
        when t.container_name is null or w.target = w.container_name
            then concat(w.target, ' is no other container of the definition.')
        else 'The container exists.'
    end as reason,
    w.target,
    w.condition
from container_dependencies as w
left join containers as t
    on
        w.account_id = t.account_id and w.region = t.region
        and w.task_definition_arn = t.task_definition_arn and w.target = t.container_name
union all
select
    task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No container waits for another.' as reason,
    null as target,
    null as condition
from task_definitions
where task_definition_arn not in (select task_definition_arn from container_dependencies)
