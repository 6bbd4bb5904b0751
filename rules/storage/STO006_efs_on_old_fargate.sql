/* ---
title: EFS on a Fargate platform that cannot mount it
severity: high
confidence: certain
why: >
  Platform versions before 1.4.0, and Windows, cannot mount EFS: new tasks fail to start.
fix: >
  Set platformVersion to LATEST and redeploy.
effort: small
yields_to: []
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
--- */
with placed as (
    select task_definition_arn, platform_version, platform_family
    from services
    where coalesce(launch_type, '') = 'FARGATE'
    union
    select task_definition_arn, platform_version, platform_family
    from deployments
    where coalesce(launch_type, '') = 'FARGATE'
),

unable as (
    select task_definition_arn, min(platform_version) as platform_version
    from placed
    where platform_version in ('1.0.0', '1.1.0', '1.2.0', '1.3.0')
        or platform_family like 'Windows%'
    group by task_definition_arn
)

select
    v.task_definition_arn as resource,
    v.part,
    case when unable.task_definition_arn is not null then 'fail' else 'pass' end as status,
    case
        when unable.task_definition_arn is not null
            then concat('A service mounts it on platform ', unable.platform_version, '.')
        else 'No service mounts it on a platform that cannot.'
    end as reason,
    unable.platform_version
from volumes as v
left join unable on v.task_definition_arn = unable.task_definition_arn
where v.kind = 'efs'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No EFS volume.' as reason,
    null as platform_version
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from volumes where kind = 'efs');
