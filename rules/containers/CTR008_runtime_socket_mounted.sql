/* ---
title: Docker or containerd socket mounted
severity: critical
confidence: certain
why: >
  Who can talk to the container runtime is root on the host, whatever the mount says: read-
  only does not protect a socket.
fix: >
  Remove the mount; collect what is needed through the task metadata endpoint or an API.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
with sockets as (
    select v.account_id, v.region, v.task_definition_arn, v.part, v.volume_name,
        v.host_source_path, count(m.container_name) as mounts
    from volumes as v
    left join container_mounts as m
        on
            v.account_id = m.account_id and v.region = m.region
            and v.task_definition_arn = m.task_definition_arn
            and v.volume_name = m.source_volume
    where
        rtrim(v.host_source_path, '/') in (
            '/var/run/docker.sock', '/run/docker.sock', '/run/containerd',
            '/run/containerd/containerd.sock', '/var/run/containerd',
            '/var/run/containerd/containerd.sock', '/var/run', '/run', '/var'
        )
        or lower(v.host_source_path) = '\\.\pipe\docker_engine'
    group by
        v.account_id, v.region, v.task_definition_arn, v.part, v.volume_name, v.host_source_path
)

select
    d.task_definition_arn as resource,
    sockets.part,
    case when coalesce(sockets.mounts, 0) > 0 then 'fail' else 'pass' end as status,
    case
        when coalesce(sockets.mounts, 0) > 0
            then concat(sockets.mounts, ' container mounts ', sockets.host_source_path, '.')
        when sockets.volume_name is not null
            then concat('Volume ', sockets.volume_name, ' is not mounted.')
        else 'No volume holds a runtime socket.'
    end as reason,
    sockets.host_source_path
from task_definitions as d
left join sockets
    on
        d.account_id = sockets.account_id and d.region = sockets.region
        and d.task_definition_arn = sockets.task_definition_arn;
