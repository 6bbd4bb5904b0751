/* ---
title: No awsvpc slot left in the cluster
severity: high
confidence: certain
why: >
  No further awsvpc task can be placed: the next deployment or scale-out hangs.
fix: >
  Turn on ENI trunking, use larger instances, or add hosts.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with hosts as (
    select e.account_id, e.region, e.cluster_arn, count(*) as instances,
        sum(e.usable - e.used) as free_slots,
        count(*) filter (where e.usable is null) as not_known
    from eni_headroom as e
    join container_instances as h
        on
            e.account_id = h.account_id and e.region = h.region
            and e.resource = h.container_instance_arn
    where e.kind = 'container-instance' and h.status = 'ACTIVE' and h.agent_connected
    group by e.account_id, e.region, e.cluster_arn
),

wanted as (
    select s.account_id, s.region, s.cluster_arn, count(*) as services
    from services as s
    join task_definitions as d
        on
            s.account_id = d.account_id and s.region = d.region
            and s.task_definition_arn = d.task_definition_arn
    where coalesce(s.launch_type, 'EC2') = 'EC2' and d.network_mode = 'awsvpc'
    group by s.account_id, s.region, s.cluster_arn
)

select
    c.cluster_arn as resource,
    null::varchar as part,
    case
        when hosts.instances is null or wanted.services is null then 'skip'
        when hosts.not_known > 0 then 'unknown'
        when hosts.free_slots <= 0 then 'fail'
        else 'pass'
    end as status,
    case
        when hosts.instances is null or wanted.services is null
            then 'No awsvpc service on EC2 hosts.'
        when hosts.not_known > 0 then 'The limit of some instance type is not known.'
        else concat(hosts.free_slots, ' free slots on ', hosts.instances, ' instances.')
    end as reason,
    hosts.free_slots,
    hosts.instances
from clusters as c
left join hosts on c.account_id = hosts.account_id and c.region = hosts.region and c.cluster_arn = hosts.cluster_arn
left join wanted on c.account_id = wanted.account_id and c.region = wanted.region and c.cluster_arn = wanted.cluster_arn
union all
select
    a.account_arn as resource, null as part, 'skip' as status, 'No cluster.' as reason,
    null as free_slots, null as instances
from accounts as a
where a.account_id not in (select account_id from clusters);
