/* ---
title: Instance at or near its ENI limit
severity: medium
confidence: certain
why: >
  The next task that needs an interface finds none on this host, though CPU and memory are
  free.
fix: >
  Turn on ENI trunking, use larger instances, or add hosts.
effort: medium
optional: [auto_scaling_groups]
thresholds:
  eni_warn_pct: {default: 80, unit: percent, doc: Share of task interfaces in use that is worth a warning.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with full_clusters as (
    select distinct
        account_id,
        region,
        cluster_arn
    from service_eni_slots
    where is_full
),

remaining as (
    select
        account_id,
        region,
        container_instance_arn,
        max(case when name = 'CPU' then remaining end) as cpu,
        max(case when name = 'MEMORY' then remaining end) as memory
    from container_instance_resources
    group by account_id, region, container_instance_arn
),

reserved as (
    select
        account_id,
        region,
        task_definition_arn,
        sum(coalesce(cpu, 0)) as cpu,
        sum(coalesce(memory_reservation, memory, 0)) as memory
    from containers
    group by account_id, region, task_definition_arn
),

sizes as (
    select distinct
        p.account_id,
        p.region,
        p.cluster_arn,
        p.task_definition_arn,
        coalesce(d.cpu, r.cpu, 0) as cpu,
        coalesce(d.memory, r.memory, 0) as memory
    from task_placements as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    inner join reserved as r
        on
            d.account_id = r.account_id and d.region = r.region
            and d.task_definition_arn = r.task_definition_arn
    where d.network_mode = 'awsvpc'
),

fitting as (
    select distinct
        h.account_id,
        h.region,
        h.container_instance_arn
    from container_instances as h
    inner join sizes as s
        on h.account_id = s.account_id and h.region = s.region and h.cluster_arn = s.cluster_arn
    left join remaining as m
        on
            h.account_id = m.account_id and h.region = m.region
            and h.container_instance_arn = m.container_instance_arn
    where coalesce(m.cpu, s.cpu) >= s.cpu and coalesce(m.memory, s.memory) >= s.memory
),

judged as (
    select
        e.*,
        h.status as instance_status,
        g.group_arn,
        m.cpu as remaining_cpu,
        m.memory as remaining_memory,
        case
            when h.status <> 'ACTIVE' then 'draining'
            when e.usable is null then 'unknown'
            when e.used = 0 then 'free'
            when f.cluster_arn is not null then 'cluster full'
            when e.usable <= 2 and e.used < e.usable then 'free'
            when
                100.0 * e.used
                < e.usable * coalesce(
                    (
                        select value from thresholds
                        where name = 'eni_warn_pct'
                    ), 80
                )
                then 'free'
            when r.container_instance_arn is null then 'no room'
            else 'near'
        end as state
    from eni_headroom as e
    inner join container_instances as h
        on
            e.account_id = h.account_id and e.region = h.region
            and e.resource = h.container_instance_arn
    inner join container_instance_groups as g
        on
            e.account_id = g.account_id and e.region = g.region
            and e.resource = g.container_instance_arn
    left join full_clusters as f
        on
            e.account_id = f.account_id and e.region = f.region
            and e.cluster_arn = f.cluster_arn
    left join fitting as r
        on
            e.account_id = r.account_id and e.region = r.region
            and e.resource = r.container_instance_arn
    left join remaining as m
        on
            e.account_id = m.account_id and e.region = m.region
            and e.resource = m.container_instance_arn
    where e.kind = 'container-instance'
)

select
    resource,
    null::varchar as part,
    case state
        when 'near' then 'fail'
        when 'unknown' then 'unknown'
        when 'cluster full' then 'skip'
        when 'draining' then 'skip'
        else 'pass'
    end as status,
    case state
        when 'draining' then concat('The instance is ', instance_status, ' and takes no task.')
        when 'unknown' then 'The limit of the instance type is not known.'
        when 'cluster full' then 'The whole cluster is full (ENI001).'
        when 'no room'
            then
                concat(
                    used,
                    ' of ',
                    usable,
                    ' task interfaces in use, but CPU or memory is used up too.'
                )
        else concat(used, ' of ', usable, ' task interfaces in use.')
    end as reason,
    used,
    usable,
    trunk,
    instance_type,
    remaining_cpu,
    remaining_memory,
    group_arn as identity
from judged
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance.' as reason,
    null as used,
    null as usable,
    null as trunk,
    null as instance_type,
    null as remaining_cpu,
    null as remaining_memory,
    null as identity
from accounts as a
where a.account_id not in (
    select account_id from eni_headroom
    where kind = 'container-instance'
)
