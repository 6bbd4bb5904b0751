/* ---
title: Soft limit above the hard limit
severity: high
confidence: certain
why: >
  Registering such a definition is refused; a file that holds it breaks the deployment.
fix: >
  Lower memoryReservation below memory.
effort: small
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        Memory: 512
        MemoryReservation: 256
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    task_definition_arn as resource,
    part,
    case
        when memory is null or memory_reservation is null then 'skip'
        when memory_reservation > memory then 'fail'
        else 'pass'
    end as status,
    concat(
        'memoryReservation ', coalesce(memory_reservation::varchar, 'absent'), ', memory ',
        coalesce(memory::varchar, 'absent'), '.'
    ) as reason,
    memory,
    memory_reservation
from containers
