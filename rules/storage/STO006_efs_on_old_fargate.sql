/* ---
title: EFS on a Fargate platform that cannot mount it
severity: high
confidence: certain
why: >
  Platform versions before 1.4.0, and Windows, cannot mount EFS: new tasks fail to start.
fix: >
  Set platformVersion to LATEST and redeploy.
effort: small
snippets:
  cli: |
    aws ecs update-service --cluster CLUSTER --service SERVICE \
      --platform-version LATEST --force-new-deployment
yields_to: []
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
--- */
with placed as (
    select
        account_id,
        region,
        task_definition_arn,
        platform_version,
        platform_family
    from services
    union
    select
        account_id,
        region,
        task_definition_arn,
        platform_version,
        platform_family
    from deployments
    where status <> 'INACTIVE'
    union
    select
        account_id,
        region,
        task_definition_arn,
        platform_version,
        platform_family
    from task_sets
    where status <> 'DRAINING'
    union
    select
        account_id,
        region,
        task_definition_arn,
        platform_version,
        platform_family
    from tasks
    where last_status <> 'STOPPED'
),

unable as (
    select
        account_id,
        region,
        task_definition_arn,
        min(platform_version) as platform_version
    from placed
    where
        regexp_full_match(platform_version, '1\.[0-3]\.0')
        or starts_with(lower(platform_family), 'windows')
    group by account_id, region, task_definition_arn
)

select
    v.task_definition_arn as resource,
    v.part,
    case when unable.task_definition_arn is not null then 'fail' else 'pass' end as status,
    case
        when unable.task_definition_arn is not null
            then concat('Mounted on platform ', unable.platform_version, ' or Windows.')
        else 'Nothing mounts it on a platform that cannot.'
    end as reason,
    unable.platform_version
from volumes as v
left join unable
    on
        v.account_id = unable.account_id and v.region = unable.region
        and v.task_definition_arn = unable.task_definition_arn
where v.kind = 'efs'
union all
select
    task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No EFS volume.' as reason,
    null as platform_version
from task_definitions
where task_definition_arn not in (
    select task_definition_arn from volumes
    where kind = 'efs'
)
