/* ---
title: Instance registered before trunking was enabled
severity: medium
confidence: likely
why: >
  Trunking is on, but this host was launched before and never gets a trunk interface.
fix: >
  Replace the instance.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with setting as (
    select account_id, region, max(setting_value) as setting_value
    from account_settings
    where name = 'awsvpcTrunking' and is_default
    group by account_id, region
)

select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when setting.setting_value is distinct from 'enabled' or l.tasks_with_trunk is null
            or h.agent_version_number < 1028001 or h.os_type = 'windows' or h.is_external
            then 'skip'
        when h.trunk_id is null then 'fail'
        else 'pass'
    end as status,
    case
        when setting.setting_value is distinct from 'enabled' then 'Trunking is not enabled.'
        when l.tasks_with_trunk is null then 'The type takes no trunk.'
        when h.trunk_id is null then concat('No trunk interface on this ', e.instance_type, '.')
        else 'The trunk interface is there.'
    end as reason,
    e.instance_type,
    h.cluster_arn as identity
from container_instances as h
left join ec2_instances as e
    on
        h.account_id = e.account_id and h.region = e.region
        and h.ec2_instance_id = e.ec2_instance_id
left join eni_trunk_limits as l
    on coalesce(e.instance_type, h.instance_type) = l.instance_type
left join setting on h.account_id = setting.account_id and h.region = setting.region
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as instance_type, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
