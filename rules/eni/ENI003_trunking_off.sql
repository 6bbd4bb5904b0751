/* ---
title: Trunking would help but is off for the instances
severity: medium
confidence: certain
why: >
  The hosts hold a handful of tasks though their type could hold many more.
fix: >
  Enable awsvpcTrunking for the instance role and replace the hosts.
effort: medium
thresholds:
  eni_trunk_pct: {default: 60, unit: percent, doc: Share of a cluster's task interfaces in use from which trunking is missed.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with users as (
    select distinct
        p.account_id,
        p.region,
        p.cluster_arn
    from task_placements as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    where p.service_arn is not null and d.network_mode = 'awsvpc' and not d.is_windows
),

settings as (
    select
        account_id,
        region,
        principal_arn,
        is_default,
        setting_value
    from account_settings
    where name = 'awsvpcTrunking'
),

hosts as (
    select
        e.account_id,
        e.region,
        e.cluster_arn,
        e.used,
        e.usable,
        coalesce(mine.setting_value, root.setting_value, 'disabled') as setting_value,
        not e.trunk and l.tasks_with_trunk is not null
        and coalesce(h.os_type, 'linux') <> 'windows' as is_eligible
    from eni_headroom as e
    inner join container_instances as h
        on
            e.account_id = h.account_id and e.region = h.region
            and e.resource = h.container_instance_arn
    left join ec2_instances as i
        on
            h.account_id = i.account_id and h.region = i.region
            and h.ec2_instance_id = i.ec2_instance_id
    left join instance_profiles as p
        on
            i.account_id = p.account_id
            and i.iam_instance_profile_arn = p.instance_profile_arn
    left join settings as mine
        on
            e.account_id = mine.account_id and e.region = mine.region
            and p.role_arn = mine.principal_arn
    left join settings as root
        on e.account_id = root.account_id and e.region = root.region and root.is_default
    left join eni_trunk_limits as l on e.instance_type = l.instance_type
    where h.status = 'ACTIVE'
),

usage as (
    select
        account_id,
        region,
        cluster_arn,
        sum(used)::bigint as used,
        sum(usable)::bigint as usable,
        count(*) filter (where usable is null) as not_known,
        count(*) filter (where is_eligible) as eligible,
        count(*) filter (where is_eligible and setting_value <> 'enabled') as instances
    from hosts
    group by account_id, region, cluster_arn
),

elsewhere as (
    select distinct
        account_id,
        region
    from settings
    where setting_value = 'enabled'
),

judged as (
    select
        c.account_id,
        c.region,
        c.cluster_arn,
        u.used,
        u.usable,
        u.instances,
        elsewhere.region is not null as enabled_elsewhere,
        case
            when users.cluster_arn is null or coalesce(u.eligible, 0) = 0 then 'skip'
            when u.instances = 0 then 'on'
            when u.not_known > 0 then 'unknown'
            when
                100.0 * u.used
                >= u.usable
                * coalesce((
                    select value from thresholds
                    where name = 'eni_trunk_pct'
                ), 60)
                and u.used > 0
                then 'fail'
            else 'room'
        end as state
    from clusters as c
    left join users
        on
            c.account_id = users.account_id and c.region = users.region
            and c.cluster_arn = users.cluster_arn
    left join usage as u
        on c.account_id = u.account_id and c.region = u.region and c.cluster_arn = u.cluster_arn
    left join elsewhere
        on c.account_id = elsewhere.account_id and c.region = elsewhere.region
)

select
    cluster_arn as resource,
    null::varchar as part,
    case state
        when 'fail' then 'fail' when 'unknown' then 'unknown' when 'skip' then 'skip'
        else 'pass'
    end as status,
    case state
        when 'skip' then 'No awsvpc service on hosts that trunking would help.'
        when 'on' then 'Trunking is enabled for the role of every host that can use it.'
        when 'unknown' then 'The limit of some instance type is not known.'
        else concat(
            used, ' of ', usable, ' task interfaces in use; trunking is off for the role of ',
            instances, case instances when 1 then ' instance' else ' instances' end,
            case when enabled_elsewhere then ', though on for another principal' else '' end, '.'
        )
    end as reason,
    used,
    usable,
    instances,
    enabled_elsewhere
from judged
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No cluster.' as reason,
    null as used,
    null as usable,
    null as instances,
    null as enabled_elsewhere
from accounts as a
where a.account_id not in (select account_id from clusters)
