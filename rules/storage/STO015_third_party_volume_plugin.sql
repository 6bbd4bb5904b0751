/* ---
title: Third-party Docker volume plugin
severity: medium
confidence: certain
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
    v.task_definition_arn as resource,
    v.part,
    case when coalesce(v.docker_driver, 'local') <> 'local' then 'fail' else 'pass' end as status,
    concat('Volume driver ', coalesce(v.docker_driver, 'local'), '.') as reason,
    v.docker_driver
from volumes as v
where v.kind = 'docker'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No Docker volume.' as reason,
    null as docker_driver
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from volumes where kind = 'docker');
