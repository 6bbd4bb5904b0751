/* ---
title: Bridge-mode containers can reach instance metadata
severity: medium
confidence: likely
why: >
  A container that reaches the metadata service takes the credentials of the instance role.
fix: >
  Require IMDSv2 with a hop limit of 1.
optional: [auto_scaling_groups]
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ec2-security-considerations.html
--- */
with placed as (
    select
        p.account_id,
        p.region,
        p.container_instance_arn,
        count(distinct p.task_definition_arn) as task_definitions
    from task_placements as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    where coalesce(d.network_mode, 'bridge') = 'bridge'
    group by p.account_id, p.region, p.container_instance_arn
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when
            placed.container_instance_arn is null or h.os_type = 'windows'
            or e.http_endpoint = 'disabled'
            then 'skip'
        when e.http_tokens is null then 'unknown'
        when e.http_tokens = 'required' and e.http_put_response_hop_limit < 2 then 'pass'
        when e.user_data_blocks_metadata then 'pass'
        when e.user_data_blocks_metadata is null then 'unknown'
        else 'fail'
    end as status,
    case
        when placed.container_instance_arn is null then 'No task of this network mode may run here.'
        when h.os_type = 'windows' then 'A Windows host.'
        when e.http_endpoint = 'disabled' then 'The metadata service is disabled.'
        when e.http_tokens is null then 'Its metadata options could not be read.'
        when e.user_data_blocks_metadata then 'User data shuts containers out in DOCKER-USER.'
        else concat(
            'Tokens ', coalesce(e.http_tokens, 'not stated'), ', hop limit ',
            coalesce(e.http_put_response_hop_limit::varchar, 'not stated'),
            case
                when e.user_data_blocks_metadata is null then '; user data could not be read'
                else ''
            end, '.'
        )
    end as reason,
    e.http_tokens,
    e.http_put_response_hop_limit,
    placed.task_definitions,
    g.group_arn as identity
from container_instances as h
left join ec2_instances as e
    on
        h.account_id = e.account_id and h.region = e.region
        and h.ec2_instance_id = e.ec2_instance_id
left join placed
    on
        h.account_id = placed.account_id and h.region = placed.region
        and h.container_instance_arn = placed.container_instance_arn
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
    null as http_tokens,
    null as http_put_response_hop_limit,
    null as task_definitions,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
