/* ---
title: Draining cannot finish by configuration
severity: high
confidence: certain
why: >
  With 100 % minimum and maximum ECS may neither stop a task nor start its replacement: the
  host drains for ever.
fix: >
  Allow more than 100 % maximum, or less than 100 % minimum, on the service.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html
--- */
with stuck as (
    select t.account_id, t.region, t.container_instance_arn, count(*) as tasks,
        min(s.service_name) as service_name
    from tasks as t
    join services as s
        on
            t.account_id = s.account_id and t.region = s.region
            and t.cluster_arn = s.cluster_arn and t.service_name = s.service_name
    where t.last_status = 'RUNNING' and s.minimum_healthy_percent = 100 and s.maximum_percent = 100
        and coalesce(s.scheduling_strategy, 'REPLICA') = 'REPLICA'
    group by t.account_id, t.region, t.container_instance_arn
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when h.status <> 'DRAINING' then 'skip'
        when stuck.tasks is not null then 'fail'
        else 'pass'
    end as status,
    case
        when h.status <> 'DRAINING' then 'The instance is not draining.'
        when stuck.tasks is not null
            then concat(stuck.tasks, ' tasks of ', stuck.service_name, ' may not move.')
        else 'Every task may move.'
    end as reason,
    stuck.service_name,
    stuck.tasks,
    h.cluster_arn as identity
from container_instances as h
left join stuck
    on
        h.account_id = stuck.account_id and h.region = stuck.region
        and h.container_instance_arn = stuck.container_instance_arn
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as service_name, null as tasks, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
