/* ---
title: Service pinned to a retired platform version
severity: high
confidence: certain
why: >
  Retired platform versions start no new task and get no patch: the next restart is an outage.
fix: >
  Set platformVersion to LATEST and force a new deployment.
effort: small
snippets:
  cli: |
    aws ecs update-service --cluster CLUSTER --service SERVICE \
      --platform-version LATEST --force-new-deployment
controls: {aws-fsbp: [ECS.10]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-versions-retired.html
--- */
with efs as (
    select distinct
        account_id,
        region,
        task_definition_arn
    from volumes
    where kind = 'efs'
),

placed as (
    select
        account_id,
        region,
        service_arn,
        task_definition_arn,
        platform_version,
        platform_family
    from services
    union
    select
        account_id,
        region,
        service_arn,
        task_definition_arn,
        platform_version,
        platform_family
    from deployments
    where status <> 'INACTIVE'
    union
    select
        account_id,
        region,
        service_arn,
        task_definition_arn,
        platform_version,
        platform_family
    from task_sets
    where status <> 'DRAINING'
),

judged as (
    select
        p.service_arn,
        p.platform_version,
        case
            when p.platform_version is null then 'skip'
            when not regexp_full_match(p.platform_version, '1\.[0-3]\.0') then 'pass'
            when starts_with(lower(p.platform_family), 'windows') then 'pass'
            when efs.task_definition_arn is not null then 'skip'
            else 'fail'
        end as status
    from placed as p
    left join efs
        on
            p.account_id = efs.account_id and p.region = efs.region
            and p.task_definition_arn = efs.task_definition_arn
)

select
    service_arn as resource,
    null::varchar as part,
    case
        when bool_or(status = 'fail') then 'fail'
        when bool_or(status = 'pass') then 'pass'
        else 'skip'
    end as status,
    concat('Platform version ', coalesce(min(platform_version), 'none'), '.') as reason,
    min(platform_version) as platform_version
from judged
group by service_arn
union all
select
    account_arn as resource,
    null as part,
    'skip' as status,
    'No service.' as reason,
    null as platform_version
from accounts
where account_id not in (select account_id from services)
