/* ---
title: Instance stuck in DRAINING
severity: medium
confidence: certain
why: >
  The host is paid for, unpatched and still runs tasks that nobody moves.
fix: >
  Find the tasks that stay, stop or move them, and terminate the host.
effort: small
yields_to: [INS011]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html
--- */
with before as (
    select container_instance_arn, max(read_at) as read_at
    from container_instance_history, audit
    where status = 'DRAINING' and running_tasks_count > 0
        and read_at <= audit.as_of - to_hours(1)
    group by container_instance_arn
),

older as (
    select count(distinct snapshot_id) as snapshots from container_instance_history
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when h.status <> 'DRAINING' then 'pass'
        when older.snapshots < 2 then 'skip'
        when before.read_at is not null and h.running_tasks_count > 0 then 'fail'
        else 'pass'
    end as status,
    case
        when h.status <> 'DRAINING' then 'The instance is not draining.'
        when older.snapshots < 2 then 'There is no earlier snapshot to compare with.'
        when before.read_at is not null and h.running_tasks_count > 0
            then concat('Draining with ', h.running_tasks_count, ' tasks since before ', strftime(before.read_at, '%Y-%m-%d %H:%M'), '.')
        else 'Draining goes on.'
    end as reason,
    h.running_tasks_count,
    h.cluster_arn as identity
from container_instances as h
cross join older
left join before on h.container_instance_arn = before.container_instance_arn
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as running_tasks_count, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
