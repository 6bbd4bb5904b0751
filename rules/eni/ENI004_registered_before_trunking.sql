/* ---
title: Instance registered before trunking was enabled
severity: medium
confidence: likely
why: >
  Trunking is on, but this host was launched before and never gets a trunk interface.
fix: >
  Replace the instance.
effort: medium
optional: [auto_scaling_groups]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with settings as (
    select
        account_id,
        region,
        principal_arn,
        is_default,
        setting_value
    from account_settings
    where name = 'awsvpcTrunking'
),

hosts as (
    select
        h.*,
        coalesce(e.instance_type, h.instance_type) as type_of_instance,
        coalesce(mine.setting_value, root.setting_value, 'disabled') as setting_value,
        l.tasks_with_trunk,
        g.group_arn,
        coalesce(g.is_managed, false) as is_managed
    from container_instances as h
    left join ec2_instances as e
        on
            h.account_id = e.account_id and h.region = e.region
            and h.ec2_instance_id = e.ec2_instance_id
    left join instance_profiles as p
        on
            e.account_id = p.account_id
            and e.iam_instance_profile_arn = p.instance_profile_arn
    left join settings as mine
        on
            h.account_id = mine.account_id and h.region = mine.region
            and p.role_arn = mine.principal_arn
    left join settings as root
        on h.account_id = root.account_id and h.region = root.region and root.is_default
    left join eni_trunk_limits as l
        on coalesce(e.instance_type, h.instance_type) = l.instance_type
    inner join container_instance_groups as g
        on
            h.account_id = g.account_id and h.region = g.region
            and h.container_instance_arn = g.container_instance_arn
)

select
    container_instance_arn as resource,
    null::varchar as part,
    case
        when
            is_external or is_managed or os_type = 'windows' or setting_value <> 'enabled'
            or tasks_with_trunk is null or agent_version_number < 1028001
            then 'skip'
        when trunk_id is null then 'fail'
        else 'pass'
    end as status,
    case
        when
            is_external or is_managed or os_type = 'windows'
            then 'It can have no trunk of its own.'
        when setting_value <> 'enabled' then 'Trunking is not enabled for its role.'
        when tasks_with_trunk is null then 'The type takes no trunk.'
        when agent_version_number < 1028001
            then concat('Agent ', agent_version, ' knows no trunk (INS007).')
        when trunk_id is null then concat('No trunk interface on this ', type_of_instance, '.')
        else 'The trunk interface is there.'
    end as reason,
    type_of_instance as instance_type,
    agent_version,
    registered_at,
    group_arn as identity
from hosts
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance.' as reason,
    null as instance_type,
    null as agent_version,
    null as registered_at,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
