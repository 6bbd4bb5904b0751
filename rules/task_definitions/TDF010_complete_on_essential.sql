/* ---
title: COMPLETE or SUCCESS on an essential container
severity: high
confidence: certain
why: >
  An essential container that ends stops the task: what waits for its end never starts.
fix: >
  Set essential to false on the container that is awaited.
effort: small
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        Essential: false
yields_to: [TDF008]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    w.task_definition_arn as resource,
    w.part,
    case when w.condition in ('COMPLETE', 'SUCCESS') and t.essential then 'fail' else 'pass' end
        as status,
    case
        when w.condition in ('COMPLETE', 'SUCCESS') and t.essential
            then concat(w.target, ' is essential, so its end stops the task.')
        else 'The awaited container may end.'
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
