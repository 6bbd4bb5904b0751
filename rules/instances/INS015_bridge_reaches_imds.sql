/* ---
title: Bridge-mode containers can reach instance metadata
severity: medium
confidence: likely
why: >
  A container that reaches the metadata service takes the credentials of the instance role.
fix: >
  Require IMDSv2 with a hop limit of 1.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ec2-security-considerations.html
--- */
with placed as (
    select s.account_id, s.region, s.cluster_arn, count(*) as tasks
    from services as s
    join task_definitions as d
        on
            s.account_id = d.account_id and s.region = d.region
            and s.task_definition_arn = d.task_definition_arn
    where coalesce(s.launch_type, 'EC2') = 'EC2' and coalesce(d.network_mode, 'bridge') = 'bridge'
    group by s.account_id, s.region, s.cluster_arn
),

blocked as (
    select container_instance_arn, count(*) as attributes
    from container_instance_attributes
    where name = 'ecs.capability.task-eni-block-instance-metadata'
    group by container_instance_arn
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when coalesce(w.tasks, 0) = 0 or e.http_endpoint = 'disabled' or h.os_type = 'windows' then 'skip'
        when false then 'unknown'
        when coalesce(e.http_tokens, 'optional') = 'optional' or coalesce(e.http_put_response_hop_limit, 1) >= 2 then 'fail'
        else 'pass'
    end as status,
    case when coalesce(w.tasks, 0) = 0 then 'No task of this network mode may run here.' when coalesce(e.http_tokens, 'optional') = 'optional' or coalesce(e.http_put_response_hop_limit, 1) >= 2 then concat('Tokens ', coalesce(e.http_tokens, 'optional'), ', hop limit ', coalesce(e.http_put_response_hop_limit, 1), '.') else 'IMDSv2 with one hop.' end as reason,
    e.http_tokens, e.http_put_response_hop_limit,
    coalesce(p.auto_scaling_group_arn, h.cluster_arn) as identity
from container_instances as h
left join ec2_instances as e
    on
        h.account_id = e.account_id and h.region = e.region
        and h.ec2_instance_id = e.ec2_instance_id
left join auto_scaling_groups as p
    on
        e.account_id = p.account_id and e.region = p.region
        and e.auto_scaling_group_name = p.auto_scaling_group_name
left join blocked as b on h.container_instance_arn = b.container_instance_arn
left join placed as w
    on h.account_id = w.account_id and h.region = w.region and h.cluster_arn = w.cluster_arn
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as http_tokens, null as http_put_response_hop_limit, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
