/* ---
title: Service-linked role of ECS missing
severity: low
confidence: certain
why: >
  ECS attaches the network interfaces of tasks and scales hosts with this role.
fix: >
  Run aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
--- */
with needing as (
    select
        s.account_id,
        'awsvpc services on EC2' as why
    from services as s
    inner join task_definitions as d
        on
            s.account_id = d.account_id and s.region = d.region
            and s.task_definition_arn = d.task_definition_arn
    where d.network_mode = 'awsvpc' and s.launch_type = 'EC2'
    union
    select
        account_id,
        'trunking' as why
    from account_settings
    where name = 'awsvpcTrunking' and setting_value = 'enabled'
    union
    select
        account_id,
        'capacity providers' as why
    from capacity_providers
    where auto_scaling_group_arn is not null
),

reasons as (
    select
        account_id,
        string_agg(why, ', ' order by why) as why
    from needing
    group by account_id
),

present as (
    select distinct account_id
    from iam_roles
    where role_name = 'AWSServiceRoleForECS'
)

select
    a.account_arn as resource,
    null::varchar as part,
    case
        when n.why is null then 'skip'
        when p.account_id is null then 'fail'
        else 'pass'
    end as status,
    case
        when n.why is null then 'Nothing in the account needs the role.'
        when
            p.account_id is null
            then concat('AWSServiceRoleForECS is missing; it is needed for ', n.why, '.')
        else 'AWSServiceRoleForECS exists.'
    end as reason,
    a.account_id,
    a.region,
    n.why as needed_for
from accounts as a
left join reasons as n on a.account_id = n.account_id
left join present as p on a.account_id = p.account_id;
