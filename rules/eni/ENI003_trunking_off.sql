/* ---
title: Trunking would help but is off for the instances
severity: medium
confidence: certain
why: >
  The hosts hold a handful of tasks though their type could hold many more.
fix: >
  Enable awsvpcTrunking for the instance role and replace the hosts.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with usage as (
    select account_id, region, cluster_arn, sum(used) as used, sum(usable) as usable,
        count(*) filter (where not trunk) as without_trunk,
        count(*) as hosts
    from eni_headroom
    where kind = 'container-instance'
    group by account_id, region, cluster_arn
),

eligible as (
    select e.account_id, e.region, e.cluster_arn, count(*) as hosts
    from eni_headroom as e
    join eni_trunk_limits as l on e.instance_type = l.instance_type
    where e.kind = 'container-instance' and l.tasks_with_trunk is not null
    group by e.account_id, e.region, e.cluster_arn
),

setting as (
    select account_id, region, max(setting_value) as setting_value
    from account_settings
    where name = 'awsvpcTrunking' and is_default
    group by account_id, region
)

select
    c.cluster_arn as resource,
    null::varchar as part,
    case
        when coalesce(eligible.hosts, 0) = 0 or usage.used = 0 then 'skip'
        when setting.setting_value is distinct from 'enabled'
            and 100.0 * usage.used / nullif(usage.usable, 0) >= 60 then 'fail'
        else 'pass'
    end as status,
    case
        when coalesce(eligible.hosts, 0) = 0 or usage.used = 0 then 'No host that trunking would help.'
        else concat(usage.used, ' of ', usage.usable, ' slots in use, trunking ', coalesce(setting.setting_value, 'not set'), '.')
    end as reason,
    usage.used,
    usage.usable,
    setting.setting_value
from clusters as c
left join usage on c.account_id = usage.account_id and c.region = usage.region and c.cluster_arn = usage.cluster_arn
left join eligible on c.account_id = eligible.account_id and c.region = eligible.region and c.cluster_arn = eligible.cluster_arn
left join setting on c.account_id = setting.account_id and c.region = setting.region
union all
select
    a.account_arn as resource, null as part, 'skip' as status, 'No cluster.' as reason,
    null as used, null as usable, null as setting_value
from accounts as a
where a.account_id not in (select account_id from clusters);
