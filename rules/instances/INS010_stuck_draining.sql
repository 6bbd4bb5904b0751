/* ---
title: Instance stuck in DRAINING
severity: medium
confidence: certain
why: >
  The host is paid for, unpatched and still runs tasks that nobody moves.
fix: >
  Find the tasks that stay, stop or move them, and terminate the host.
optional: [ec2_instances, auto_scaling_groups, capacity_providers]
effort: small
yields_to: [INS011]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html
--- */
with released as (
    select
        account_id,
        region,
        container_instance_arn,
        max(read_at) as read_at
    from container_instance_history
    where status <> 'DRAINING' or coalesce(running_tasks_count, 0) = 0
    group by account_id, region, container_instance_arn
),

before as (
    select
        p.account_id,
        p.region,
        p.container_instance_arn,
        min(p.read_at) as read_at
    from container_instance_history as p
    left join released as r
        on
            p.account_id = r.account_id and p.region = r.region
            and p.container_instance_arn = r.container_instance_arn
    cross join audit
    where
        p.read_at <= audit.as_of - to_hours(1)
        -- It was not ACTIVE or empty in between.
        and (r.read_at is null or p.read_at > r.read_at)
    group by p.account_id, p.region, p.container_instance_arn
),

protected as (
    select
        t.account_id,
        t.region,
        t.container_instance_arn,
        count(*) as tasks,
        max(p.expires_at) as until
    from tasks as t
    cross join audit
    inner join task_protections as p
        on t.account_id = p.account_id and t.region = p.region and t.task_arn = p.task_arn
    where p.protection_enabled and coalesce(p.expires_at, audit.as_of) >= audit.as_of
    group by t.account_id, t.region, t.container_instance_arn
),

older as (
    select
        account_id,
        region,
        count(distinct snapshot_id) as snapshots
    from container_instance_history
    group by account_id, region
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when g.is_managed then 'skip'
        when h.status <> 'DRAINING' or coalesce(h.running_tasks_count, 0) = 0 then 'pass'
        when older.snapshots < 2 then 'skip'
        when before.read_at is not null and protected.tasks >= h.running_tasks_count then 'skip'
        when before.read_at is not null then 'fail'
        else 'pass'
    end as status,
    case
        when g.is_managed then 'Managed Instances stop by themselves.'
        when h.status <> 'DRAINING' then 'The instance is not draining.'
        when coalesce(h.running_tasks_count, 0) = 0 then 'No task is left on it.'
        when older.snapshots < 2 then 'There is no earlier snapshot to compare with.'
        when before.read_at is not null and protected.tasks >= h.running_tasks_count
            then concat(
                'Every task that is left is protected from scale-in',
                coalesce(concat(', until ', strftime(protected.until, '%Y-%m-%d %H:%M')), ''), '.'
            )
        when before.read_at is not null
            then concat(
                'Draining with ', h.running_tasks_count,
                case h.running_tasks_count when 1 then ' task' else ' tasks' end, ' since before ',
                strftime(before.read_at, '%Y-%m-%d %H:%M'), '.'
            )
        else 'Draining goes on.'
    end as reason,
    h.running_tasks_count,
    protected.tasks as protected_tasks,
    g.group_arn as identity
from container_instances as h
inner join older on h.account_id = older.account_id and h.region = older.region
left join before
    on
        h.account_id = before.account_id and h.region = before.region
        and h.container_instance_arn = before.container_instance_arn
left join protected
    on
        h.account_id = protected.account_id and h.region = protected.region
        and h.container_instance_arn = protected.container_instance_arn
inner join container_instance_groups as g
    on
        h.account_id = g.account_id and h.region = g.region
        and h.container_instance_arn = g.container_instance_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance.' as reason,
    null as running_tasks_count,
    null as protected_tasks,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
