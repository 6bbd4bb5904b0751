/* ---
title: Agent behind the recommended version
severity: medium
confidence: certain
why: >
  An old agent misses fixes and features that definitions rely upon.
fix: >
  Update the agent, or refresh the hosts with the recommended AMI.
optional: [recommended_amis, ec2_instances, ec2_images, auto_scaling_groups, capacity_providers]
effort: small
thresholds:
  agent_max_lag_days: {default: 90, unit: days, doc: Days that an agent may be behind the recommended release.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-update.html
--- */
with unread as (
    select distinct
        account_id,
        region
    from collection_calls
    where status <> 'ok' and contains(concat(',', tables_read, ','), ',recommended_amis,')
),

known as (
    select
        min(agent_version_number) as oldest,
        max(agent_version_number) as newest
    from agent_releases
),

recommended as (
    select
        account_id,
        region,
        family,
        max(agent_version_number) as agent_version_number,
        max(released_at) as released_at
    from recommended_amis
    where agent_version_number is not null
    group by account_id, region, family
),

hosts as (
    select
        h.account_id,
        h.region,
        h.container_instance_arn,
        h.cluster_arn,
        h.agent_version,
        h.agent_version_number,
        g.group_arn,
        i.family,
        h.is_external or coalesce(g.is_managed, false) as is_foreign,
        unread.region is not null as is_unread,
        coalesce(mine.agent_version_number, other.agent_version_number, known.newest) as wanted,
        coalesce(mine.agent_version_number, other.agent_version_number) is not null as is_read,
        coalesce(mine.released_at, other.released_at) as image_released_at
    from container_instances as h
    cross join known
    inner join container_instance_groups as g
        on
            h.account_id = g.account_id and h.region = g.region
            and h.container_instance_arn = g.container_instance_arn
    left join container_instance_images as i
        on
            h.account_id = i.account_id and h.region = i.region
            and h.container_instance_arn = i.container_instance_arn
    left join recommended as mine
        on
            h.account_id = mine.account_id and h.region = mine.region
            and mine.family
            = replace(replace(lower(i.family), 'windows server', 'windows'), ' ', '-')
    left join recommended as other
        on
            h.account_id = other.account_id and h.region = other.region
            and other.family = 'amazon-linux-2023'
    left join unread on h.account_id = unread.account_id and h.region = unread.region
),

dated as (
    select
        h.*,
        -- A build that is in no list is as old as the release before it.
        (
            select max(r.released_at) from agent_releases as r
            where r.agent_version_number <= h.agent_version_number
        ) as released_at,
        coalesce(
            (
                select max(r.released_at) from agent_releases as r
                where r.agent_version_number = h.wanted
            ),
            h.image_released_at
        ) as wanted_released_at,
        (
            select count(*) from agent_releases as r
            where
                r.agent_version_number > h.agent_version_number
                and r.agent_version_number <= h.wanted
        ) as releases_behind
    from hosts as h
),

judged as (
    select
        d.*,
        known.oldest,
        known.newest,
        case
            when d.agent_version_number >= d.wanted then 0
            else date_diff('day', d.released_at, d.wanted_released_at)
        end as days_behind,
        coalesce((
            select value from thresholds
            where name = 'agent_max_lag_days'
        ), 90) as allowed
    from dated as d
    cross join known
)

select
    container_instance_arn as resource,
    null::varchar as part,
    case
        when is_foreign or agent_version_number is null then 'skip'
        when agent_version_number < oldest then 'fail'
        when agent_version_number > newest and not is_read then 'unknown'
        when days_behind > allowed and agent_version_number <= newest then 'fail'
        when days_behind is null or days_behind > allowed or (is_unread and not is_read)
            then 'unknown'
        else 'pass'
    end as status,
    case
        when is_foreign then 'Its agent is not updated with an AMI of yours.'
        when agent_version_number is null then 'It reports no agent version.'
        when agent_version_number < oldest
            then concat('Agent ', agent_version, ' is older than every known release.')
        when agent_version_number > newest and not is_read
            then concat('Agent ', agent_version, ' is newer than the list of releases.')
        when days_behind is null then concat('Agent ', agent_version, ' could not be dated.')
        else concat(
            'Agent ', agent_version, ' is ', releases_behind,
            case releases_behind when 1 then ' release' else ' releases' end,
            ' and ', days_behind, case days_behind when 1 then ' day' else ' days' end, ' behind',
            case when is_unread and not is_read then ' the newest of the list' else '' end,
            case when starts_with(family, 'Bottlerocket') then '; update the OS' else '' end, '.'
        )
    end as reason,
    agent_version,
    days_behind,
    releases_behind,
    group_arn as identity
from judged
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance.' as reason,
    null as agent_version,
    null as days_behind,
    null as releases_behind,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
