/* ---
title: Third-party Docker volume plugin
severity: medium
confidence: likely
why: >
  The plugin runs as root on every host and must be installed, patched and replaced by hand;
  rexray is no longer maintained.
fix: >
  Use EFS, EBS or FSx volumes of ECS.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/docker-volumes.html
--- */
select
    task_definition_arn as resource,
    part,
    case
        when coalesce(docker_driver, 'local') in ('local', 'amazon-ecs-volume-plugin') then 'pass'
        else 'fail'
    end as status,
    concat('Volume driver ', coalesce(docker_driver, 'local'), '.') as reason,
    docker_driver
from volumes
where kind = 'docker'
union all
select
    task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No Docker volume.' as reason,
    null as docker_driver
from task_definitions
where task_definition_arn not in (
    select task_definition_arn from volumes
    where kind = 'docker'
)
