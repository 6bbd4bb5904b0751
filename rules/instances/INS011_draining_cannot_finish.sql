/* ---
title: Draining cannot finish by configuration
severity: high
confidence: certain
why: >
  With 100 % minimum and maximum ECS may neither stop a task nor start its replacement: the
  host drains for ever.
fix: >
  Allow more than 100 % maximum, or less than 100 % minimum, on the service.
optional: [ec2_instances, auto_scaling_groups, capacity_providers]
effort: small
snippets:
  cloudformation: |
    DeploymentConfiguration:
      MinimumHealthyPercent: 100
      MaximumPercent: 200
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html
--- */
with held as (
    select
        t.account_id,
        t.region,
        t.container_instance_arn,
        count(*) filter (where s.service_arn is not null) as tasks,
        count(*) filter (where s.service_arn is null) as standalone_tasks,
        min(s.service_name) as service_name
    from tasks as t
    cross join audit
    left join services as s
        on
            t.account_id = s.account_id and t.region = s.region
            and t.cluster_arn = s.cluster_arn and t.service_name = s.service_name
    where
        t.last_status = 'RUNNING'
        and (
            (
                s.minimum_healthy_percent >= 100 and s.maximum_percent = 100
                and coalesce(s.scheduling_strategy, 'REPLICA') = 'REPLICA'
                and coalesce(s.deployment_controller, 'ECS') = 'ECS'
                and coalesce(s.deployment_strategy, 'ROLLING') = 'ROLLING'
            )
            or (
                t.service_name is null
                and not starts_with(coalesce(t.task_group, ''), 'daemon')
                -- Jobs of AWS Batch end by themselves.
                and not t.is_batch_job
                and t.started_at < audit.as_of - to_hours(24)
            )
        )
    group by t.account_id, t.region, t.container_instance_arn
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when h.status <> 'DRAINING' then 'skip'
        when held.container_instance_arn is not null then 'fail'
        else 'pass'
    end as status,
    case
        when h.status <> 'DRAINING' then 'The instance is not draining.'
        when held.container_instance_arn is null then 'Every task may move or end.'
        else concat(
            case
                when held.tasks > 0
                    then concat(
                        held.tasks, case held.tasks when 1 then ' task' else ' tasks' end, ' of ',
                        held.service_name, ' may not move'
                    )
                else ''
            end,
            case when held.tasks > 0 and held.standalone_tasks > 0 then '; ' else '' end,
            case
                when held.standalone_tasks > 0
                    then concat(
                        held.standalone_tasks,
                        case held.standalone_tasks
                            when 1 then ' standalone task runs' else ' standalone tasks run'
                        end,
                        ' for over 24 hours'
                    )
                else ''
            end, '.'
        )
    end as reason,
    held.service_name,
    held.tasks,
    held.standalone_tasks,
    g.group_arn as identity
from container_instances as h
left join held
    on
        h.account_id = held.account_id and h.region = held.region
        and h.container_instance_arn = held.container_instance_arn
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
    null as service_name,
    null as tasks,
    null as standalone_tasks,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
