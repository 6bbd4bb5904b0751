/* ---
title: Container instance role misses agent permissions
severity: medium
confidence: likely
why: >
  The agent cannot register the host or report on its tasks: no task is placed there.
fix: >
  Attach AmazonEC2ContainerServiceforEC2Role to the role of the instance profile.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
--- */
with needed as (
    select unnest([
        'ecs:DiscoverPollEndpoint', 'ecs:Poll', 'ecs:RegisterContainerInstance',
        'ecs:StartTelemetrySession', 'ecs:SubmitTaskStateChange', 'ecs:SubmitContainerStateChange'
    ]) as action
),

hosts as (
    select
        c.account_id,
        c.region,
        c.container_instance_arn,
        c.cluster_arn,
        c.agent_connected,
        p.role_arn
    from container_instances as c
    inner join ec2_instances as e
        on
            c.account_id = e.account_id and c.region = e.region
            and c.ec2_instance_id = e.ec2_instance_id
    inner join instance_profiles as p
        on
            e.account_id = p.account_id
            and e.iam_instance_profile_arn = p.instance_profile_arn
),

administrators as (
    select distinct
        account_id,
        role_arn
    from iam_risks
    where kind = 'instance' and risk = 'ADMIN' and state = 'certain'
),

asked as (
    select
        h.account_id,
        h.region,
        h.container_instance_arn,
        h.cluster_arn,
        h.agent_connected,
        h.role_arn,
        u.fault is not null as is_faulty,
        n.action,
        g.action is null and d.role_arn is null as is_missing
    from hosts as h
    inner join iam_role_uses as u
        on h.account_id = u.account_id and h.role_arn = u.role_arn and u.kind = 'instance'
    cross join needed as n
    left join administrators as d on h.account_id = d.account_id and h.role_arn = d.role_arn
    left join iam_effective_actions as g
        on h.account_id = g.account_id and h.role_arn = g.role_arn and n.action = g.action
    where u.is_known
),

judged as (
    select
        account_id,
        region,
        container_instance_arn,
        cluster_arn,
        agent_connected,
        role_arn,
        is_faulty,
        count(*) filter (where is_missing) as missing,
        min(action) filter (where is_missing) as example
    from asked
    group by all
)

select
    container_instance_arn as resource,
    null::varchar as part,
    case
        when missing = 0 then 'pass'
        when agent_connected or is_faulty then 'unknown'
        else 'fail'
    end as status,
    case
        when missing = 0 then 'The role holds what the agent needs.'
        when agent_connected
            then concat('The agent is connected though no statement grants ', example, '.')
        else concat('The agent is not connected, and no statement grants ', example, '.')
    end as reason,
    account_id,
    region,
    role_arn,
    missing,
    cluster_arn as identity
from judged
union all
select
    c.cluster_arn as resource,
    null as part,
    'skip' as status,
    'The cluster has no host with a collected instance role.' as reason,
    c.account_id,
    c.region,
    null as role_arn,
    null as missing,
    null as identity
from clusters as c
where c.cluster_arn not in (select cluster_arn from judged);
