/* ---
title: Container instance role exceeds what the host needs
severity: medium
confidence: likely
why: >
  Every task on the host that reaches the metadata service can borrow the role.
fix: >
  Move application rights to task roles.
effort: medium
yields_to: [IAM037]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
--- */
with subjects as (
    select
        account_id,
        region,
        role_arn,
        bool_or(is_known) as is_known,
        bool_or(in_use) as in_use,
        min(fault) as fault
    from iam_role_uses
    where kind = 'instance'
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
    from iam_effective_actions as e
    where
        not exists (
            select 1 from host_role_actions as h
            where e.action ~~~ h.action
        )
        and e.action <> 'sts:GetCallerIdentity'
    group by e.account_id, e.role_arn
),

administrators as (
    select
        account_id,
        role_arn,
        min(policy_name) as policy_name
    from iam_risks
    where risk = 'ADMIN' and kind = 'instance' and state = 'certain'
    group by account_id, role_arn
)

select
    s.role_arn as resource,
    null::varchar as part,
    case
        when not s.is_known then 'skip'
        when e.role_arn is not null or d.role_arn is not null then 'fail'
        when s.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not s.is_known then 'The account has no such role (IAM011).'
        when d.role_arn is not null
            then concat('Policy ', d.policy_name, ' makes the role an administrator.')
        when e.role_arn is not null
            then concat(
                'Further actions: ', e.actions, ', of ', e.aws_services, ', such as ', e.example,
                ' by statement ', e.statement, ' of policy ', e.policy_name, '.'
            )
        when s.fault is not null then concat('Not all of the role could be judged: ', s.fault, '.')
        else 'The role holds nothing beyond its purpose.'
    end as reason,
    s.account_id,
    s.region,
    e.actions,
    e.aws_services,
    e.example,
    coalesce(e.policy_name, d.policy_name) as policy_name,
    e.statement
from subjects as s
left join extra_rights as e on s.account_id = e.account_id and s.role_arn = e.role_arn
left join administrators as d on s.account_id = d.account_id and s.role_arn = d.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance with a collected role.' as reason,
    a.account_id,
    a.region,
    null as actions,
    null as aws_services,
    null as example,
    null as policy_name,
    null as statement
from accounts as a
where a.account_id not in (select account_id from subjects);
