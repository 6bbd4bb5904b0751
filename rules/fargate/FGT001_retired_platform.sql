/* ---
title: Service pinned to a retired platform version
severity: high
confidence: certain
why: >
  Retired platform versions start no new task and get no patch: the next restart is an outage.
fix: >
  Set platformVersion to LATEST and force a new deployment.
effort: small
controls: {aws-fsbp: [ECS.10]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-versions-retired.html
--- */
with pinned as (
    select service_arn, min(platform_version) as platform_version
    from deployments
    where platform_version in ('1.0.0', '1.1.0', '1.2.0', '1.3.0')
        and coalesce(platform_family, 'Linux') not like 'Windows%'
    group by service_arn
)

select
    s.service_arn as resource,
    null::varchar as part,
    case
        when s.platform_version is null and pinned.platform_version is null then 'skip'
        when
            pinned.platform_version is not null
            or (
                s.platform_version in ('1.0.0', '1.1.0', '1.2.0', '1.3.0')
                and coalesce(s.platform_family, 'Linux') not like 'Windows%'
            ) then 'fail'
        else 'pass'
    end as status,
    concat('Platform version ', coalesce(pinned.platform_version, s.platform_version, 'none'), '.') as reason,
    coalesce(pinned.platform_version, s.platform_version) as platform_version
from services as s
left join pinned on s.service_arn = pinned.service_arn
union all
select
    a.account_arn as resource, null as part, 'skip' as status, 'No service.' as reason,
    null as platform_version
from accounts as a
where a.account_id not in (select account_id from services);
