/* ---
title: Agent behind the recommended version
severity: medium
confidence: certain
why: >
  An old agent misses fixes and features that definitions rely upon.
fix: >
  Update the agent, or refresh the hosts with the recommended AMI.
effort: small
thresholds:
  agent_max_lag_days: {default: 90, unit: days, doc: Days that an agent may be behind the recommended release.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-update.html
--- */
with recommended as (
    select account_id, region, max(agent_version_number) as agent_version_number
    from recommended_amis
    where family = 'amazon-linux-2023'
    group by account_id, region
),

judged as (
    select h.account_id, h.region, h.container_instance_arn, h.cluster_arn, h.agent_version,
        h.is_external, h.agent_version_number,
        date_diff('day', mine.released_at, newest.released_at) as days_behind,
        (select min(agent_version_number) from agent_releases) as oldest_known
    from container_instances as h
    left join recommended
        on h.account_id = recommended.account_id and h.region = recommended.region
    left join agent_releases as mine on h.agent_version_number = mine.agent_version_number
    left join agent_releases as newest
        on recommended.agent_version_number = newest.agent_version_number
)

select
    container_instance_arn as resource,
    null::varchar as part,
    case
        when is_external or agent_version_number is null then 'skip'
        when agent_version_number < oldest_known then 'fail'
        when days_behind is null then 'unknown'
        when days_behind > coalesce((select value from thresholds where name = 'agent_max_lag_days'), 90) then 'fail'
        else 'pass'
    end as status,
    case
        when is_external or agent_version_number is null then 'No agent version to compare.'
        when agent_version_number < oldest_known then concat('Agent ', agent_version, ' is older than every known release.')
        when days_behind is null then concat('Agent ', agent_version, ' is in no table of releases.')
        else concat('Agent ', agent_version, ' is ', days_behind, ' days behind.')
    end as reason,
    agent_version,
    days_behind,
    cluster_arn as identity
from judged
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as agent_version, null as days_behind, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
