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
thresholds:
  eni_warn_pct: {default: 80, unit: percent, doc: Share of task interfaces in use that is worth a warning.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with clusters_full as (
    select account_id, region, cluster_arn,
        sum(usable - used) as free_slots
    from eni_headroom
    where kind = 'container-instance'
    group by account_id, region, cluster_arn
)

select
    e.resource,
    null::varchar as part,
    case
        when e.usable is null then 'unknown'
        when e.used = 0 then 'pass'
        when f.free_slots <= 0 then 'skip'
        when e.usable <= 2 and e.used < e.usable then 'pass'
        when e.used_pct >= coalesce((select value from thresholds where name = 'eni_warn_pct'), 80)
            then 'fail'
        else 'pass'
    end as status,
    case
        when e.usable is null then 'The limit of the instance type is not known.'
        when f.free_slots <= 0 then 'The whole cluster is full (ENI001).'
        else concat(e.used, ' of ', e.usable, ' task interfaces in use.')
    end as reason,
    e.used,
    e.usable,
    e.trunk,
    e.instance_type,
    e.cluster_arn as identity
from eni_headroom as e
join clusters_full as f
    on e.account_id = f.account_id and e.region = f.region and e.cluster_arn = f.cluster_arn
where e.kind = 'container-instance'
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as used, null as usable, null as trunk,
    null as instance_type, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
