/* ---
title: Docker volume on Fargate
severity: high
confidence: certain
why: >
  Fargate takes no Docker volumes: the task cannot be started.
fix: >
  Use EFS, EBS or an ephemeral bind mount without a source path.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/docker-volumes.html
--- */
select
    v.task_definition_arn as resource,
    v.part,
    case when d.requires_fargate then 'fail' else 'pass' end as status,
    case when d.requires_fargate then 'A Docker volume in a definition for Fargate.' else 'The definition is not for Fargate.' end as reason,
    v.docker_driver
from volumes as v
join task_definitions as d
    on
        v.account_id = d.account_id and v.region = d.region
        and v.task_definition_arn = d.task_definition_arn
where v.kind = 'docker'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No volume of this kind.' as reason,
    null as docker_driver
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from volumes where kind = 'docker');
