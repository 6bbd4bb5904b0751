/* ---
title: HEALTHY condition without a health check
severity: high
confidence: certain
why: >
  The agent counts only a health check of the definition: without one the dependency never
  resolves and the task fails.
fix: >
  Give the awaited container a healthCheck, or wait for START.
effort: small
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        HealthCheck:
          Command: [CMD-SHELL, "curl --fail http://localhost:PORT/PATH || exit 1"]
          Interval: 30
          Retries: 3
          StartPeriod: 60
          Timeout: 5
yields_to: [TDF008]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    w.task_definition_arn as resource,
    w.part,
    case when w.condition = 'HEALTHY' and not t.has_health_check then 'fail' else 'pass' end
        as status,
    case
        when w.condition = 'HEALTHY' and not t.has_health_check
            then concat(w.target, ' has no health check in the definition.')
        else 'The awaited container can become what is waited for.'
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
