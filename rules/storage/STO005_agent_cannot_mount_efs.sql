/* ---
title: Instances whose agent cannot mount the EFS volume of a service
severity: high
confidence: likely
why: >
  A task that lands on such a host fails to start; which host it gets is chance.
fix: >
  Update the container agent (1.38.0 or newer), or replace the hosts.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
--- */
with placed as (
    select distinct s.account_id, s.region, s.cluster_arn, s.task_definition_arn
    from services as s
    where coalesce(s.launch_type, 'EC2') = 'EC2' and s.status <> 'INACTIVE'
),

able as (
    select h.account_id, h.region, h.cluster_arn, h.container_instance_arn, h.agent_version,
        h.agent_version_number,
        max(case when a.name = 'ecs.capability.efs' then 1 else 0 end) as efs,
        max(case when a.name = 'ecs.capability.efsAuth' then 1 else 0 end) as efs_auth
    from container_instances as h
    left join container_instance_attributes as a
        on
            h.account_id = a.account_id and h.region = a.region
            and h.container_instance_arn = a.container_instance_arn
    where h.status = 'ACTIVE'
    group by
        h.account_id, h.region, h.cluster_arn, h.container_instance_arn, h.agent_version,
        h.agent_version_number
),

judged as (
    select v.task_definition_arn, v.part,
        count(able.container_instance_arn) as instances,
        count(able.container_instance_arn) filter (
            where able.efs = 0
                or (
                    able.efs_auth = 0
                    and (
                        v.efs_access_point_id is not null or v.efs_iam = 'ENABLED'
                        or d.network_mode = 'awsvpc'
                    )
                )
        ) as unable,
        min(case
            when able.efs = 0 or able.efs_auth = 0 then able.agent_version
        end) as agent_version
    from volumes as v
    join task_definitions as d
        on
            v.account_id = d.account_id and v.region = d.region
            and v.task_definition_arn = d.task_definition_arn
    join placed
        on
            d.account_id = placed.account_id and d.region = placed.region
            and d.task_definition_arn = placed.task_definition_arn
    left join able
        on
            placed.account_id = able.account_id and placed.region = able.region
            and placed.cluster_arn = able.cluster_arn
    where v.kind = 'efs' and not d.requires_fargate
    group by v.task_definition_arn, v.part
)

select
    task_definition_arn as resource,
    part,
    case
        when instances = 0 then 'skip'
        when unable > 0 then 'fail'
        else 'pass'
    end as status,
    case
        when instances = 0 then 'The cluster has no ACTIVE instance.'
        when unable > 0
            then concat(unable, ' of ', instances, ' instances cannot mount it; oldest agent ', agent_version, '.')
        else concat('All ', instances, ' instances can mount it.')
    end as reason,
    agent_version,
    unable,
    instances
from judged
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No EFS volume of an EC2 service.' as reason,
    null as agent_version,
    null as unable,
    null as instances
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from judged);
