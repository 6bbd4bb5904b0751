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
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        Privileged: false
        LinuxParameters:
          Capabilities:
            Drop: [ALL]
            Add: [CAPABILITY]
controls: {aws-fsbp: [ECS.4]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when c.privileged is distinct from true then 'pass'
        when d.requires_fargate or d.is_windows or a.agent is not null then 'skip'
        else 'fail'
    end as status,
    case
        when c.privileged is distinct from true then 'The container is not privileged.'
        when a.agent is not null then concat('It is the host agent ', a.agent, '.')
        when d.requires_fargate or d.is_windows then 'It cannot be privileged where it runs.'
        else 'The container is privileged.'
    end as reason,
    c.privileged
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn
left join container_host_agents as a
    on
        c.account_id = a.account_id and c.region = a.region
        and c.task_definition_arn = a.task_definition_arn
        and c.part = a.part
