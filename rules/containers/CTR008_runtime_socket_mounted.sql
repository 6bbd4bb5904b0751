/* ---
title: Docker or containerd socket mounted
severity: critical
confidence: certain
why: >
  Who can talk to the container runtime is root on the host, whatever the mount says:
  read-only does not protect a socket.
fix: >
  Remove the mount; collect what is needed through the task metadata endpoint or an API.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
with recursive mounted as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        source_volume
    from container_mounts
    union
    -- volumesFrom takes every mount of another container over, those that it took over too.
    select
        f.account_id,
        f.region,
        f.task_definition_arn,
        f.container_name,
        m.source_volume
    from container_volumes_from as f
    inner join mounted as m
        on
            f.account_id = m.account_id and f.region = m.region
            and f.task_definition_arn = m.task_definition_arn
            and f.source_container = m.container_name
),

sockets as (
    select
        v.account_id,
        v.region,
        v.task_definition_arn,
        v.part,
        v.host_source_path,
        count(m.container_name) as mounts,
        count(m.container_name) filter (where a.part is null) as foreign_mounts
    from volumes as v
    inner join task_definitions as d
        on
            v.account_id = d.account_id and v.region = d.region
            and v.task_definition_arn = d.task_definition_arn
    left join mounted as m
        on
            v.account_id = m.account_id and v.region = m.region
            and v.task_definition_arn = m.task_definition_arn
            and v.volume_name = m.source_volume
    left join container_host_agents as a
        on
            m.account_id = a.account_id and m.region = a.region
            and m.task_definition_arn = a.task_definition_arn
            and m.container_name = a.container_name
    where
        not d.requires_fargate
        and (
            regexp_full_match(
                v.host_source_path, '(/+var)?/+run/+containerd(/+containerd\.sock)?/*'
            )
            or (
                -- Managed Instances run containerd alone.
                (
                    not (d.requires_managed_instances or d.is_daemon)
                    or d.requires_ec2 or d.requires_external
                )
                and (
                    regexp_full_match(
                        v.host_source_path,
                        '((/+var)?/+run/+docker\.sock|/+var/+run|/+run|/+var)/*'
                    )
                    or lower(replace(v.host_source_path, '/', '\'))
                    = '\\.\pipe\docker_engine'
                )
            )
        )
    group by v.account_id, v.region, v.task_definition_arn, v.part, v.host_source_path
)

select
    d.task_definition_arn as resource,
    s.part,
    case
        when s.foreign_mounts > 0 then 'fail'
        when s.mounts > 0 then 'skip'
        else 'pass'
    end as status,
    case
        when s.foreign_mounts > 0
            then
                concat(
                    'Mounted from ', s.host_source_path, ' by ', s.foreign_mounts,
                    case s.foreign_mounts when 1 then ' container.' else ' containers.' end
                )
        when s.mounts > 0 then 'Only a host agent mounts it.'
        when s.part is not null then 'The volume is not mounted.'
        else 'No volume holds a runtime socket.'
    end as reason,
    s.host_source_path
from task_definitions as d
left join sockets as s
    on
        d.account_id = s.account_id and d.region = s.region
        and d.task_definition_arn = s.task_definition_arn
