/* ---
title: Bind mount with source path on Fargate
severity: high
confidence: certain
why: >
  Fargate has no host folder to mount: the definition is refused.
fix: >
  Leave host.sourcePath out, or use EFS.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
--- */
select
    v.task_definition_arn as resource,
    v.part,
    case when d.requires_fargate then 'fail' else 'pass' end as status,
    case when d.requires_fargate then concat('Source path ', v.host_source_path, ' in a definition for Fargate.') else 'The definition is not for Fargate.' end as reason,
    v.host_source_path
from volumes as v
join task_definitions as d
    on
        v.account_id = d.account_id and v.region = d.region
        and v.task_definition_arn = d.task_definition_arn
where v.kind = 'bind'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No volume of this kind.' as reason,
    null as host_source_path
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from volumes where kind = 'bind');
