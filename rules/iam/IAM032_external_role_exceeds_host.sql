/* ---
title: ECS Anywhere role over-privileged
severity: medium
confidence: likely
why: >
  An External instance keeps the keys of its role in a file on a machine outside AWS: whoever gets
  at the disk has all that the role holds.
fix: >
  Leave what AmazonSSMManagedInstanceCore and AmazonEC2ContainerServiceforEC2Role grant, and move
  application rights to task roles.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/iam-role-ecsanywhere.html
--- */
with subjects as (
    select
        account_id,
        region,
        role_arn,
        min(fault) as fault
    from iam_external_rights
    group by account_id, region, role_arn
),

extra_rights as (
    select
        e.account_id,
        e.role_arn,
        count(*) as actions,
        min(e.action) as example,
        arg_min(e.policy_name, e.action) as policy_name,
        arg_min(e.statement, e.action) as statement,
        string_agg(
            distinct split_part(e.action, ':', 1), ', ' order by split_part(e.action, ':', 1)
        ) as aws_services
    from iam_external_rights as e
    where
        e.action is not null
        and not exists (
            select 1
            from host_role_actions as h
            where
                e.action ~~~ h.action
                and h.policy_name in (
                    'AmazonSSMManagedInstanceCore', 'AmazonEC2ContainerServiceforEC2Role'
                )
        )
    group by e.account_id, e.role_arn
),

nameless as (
    select
        c.account_id,
        c.region,
        c.container_instance_arn,
        c.cluster_arn,
        c.ec2_instance_id
    from container_instances as c
    left join ssm_managed_instances as m
        on
            c.account_id = m.account_id and c.region = m.region
            and c.ec2_instance_id = m.managed_instance_id
    left join iam_roles as r on m.account_id = r.account_id and m.role_name = r.role_name
    where c.is_external and r.role_arn is null
)

select
    s.role_arn as resource,
    null::varchar as part,
    case
        when e.role_arn is not null then 'fail' when s.fault is not null then 'unknown' else 'pass'
    end
        as status,
    case
        when e.example = '*'
            then concat('Policy ', e.policy_name, ' makes the role an administrator.')
        when e.role_arn is not null
            then concat(
                'Further actions: ', e.actions, ', of ', e.aws_services, ', such as ', e.example,
                ' by statement ', e.statement, ' of policy ', e.policy_name, '.'
            )
        when s.fault is not null then concat('Not all of the role could be judged: ', s.fault, '.')
        else 'The role holds what an External instance needs.'
    end as reason,
    s.account_id,
    s.region,
    null::varchar as identity,
    e.actions,
    e.aws_services,
    e.example,
    e.policy_name,
    e.statement
from subjects as s
left join extra_rights as e on s.account_id = e.account_id and s.role_arn = e.role_arn
union all
select
    n.container_instance_arn as resource,
    null as part,
    'unknown' as status,
    concat('Which role ', n.ec2_instance_id, ' has is not known to Systems Manager.') as reason,
    n.account_id,
    n.region,
    n.cluster_arn as identity,
    null as actions,
    null as aws_services,
    null as example,
    null as policy_name,
    null as statement
from nameless as n
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'The account has no External container instance.' as reason,
    a.account_id,
    a.region,
    null as identity,
    null as actions,
    null as aws_services,
    null as example,
    null as policy_name,
    null as statement
from accounts as a
where
    a.account_id not in (
        select c.account_id from container_instances as c
        where c.is_external
    );
