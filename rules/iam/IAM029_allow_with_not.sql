/* ---
title: Allow with NotAction or NotResource on an ECS role
severity: low
confidence: certain
why: >
  The statement grants everything but what it names, and what AWS adds tomorrow with it.
fix: >
  Write down what is allowed instead of what is not.
effort: small
yields_to: [IAM001, IAM002, IAM003]
refs:
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
--- */
with used as (
    select
        account_id,
        region,
        role_arn,
        string_agg(distinct kind, ', ' order by kind) as kinds
    from iam_role_uses
    where is_known
    group by account_id, region, role_arn
),

spoken as (
    select
        account_id,
        role_arn,
        part,
        policy_name,
        sid,
        effect,
        valid,
        fault,
        not_action,
        not_resource,
        resources,
        coalesce(sid, regexp_extract(part, '[^/]+$')) as name
    from iam_statements
)

select
    u.role_arn as resource,
    t.part,
    case
        when not t.valid then 'unknown'
        when t.effect = 'Allow' and t.not_resource then 'fail'
        when
            t.effect = 'Allow' and t.not_action
            and contains(concat(' ', t.resources, ' '), ' * ')
            then 'fail'
        else 'pass'
    end as status,
    case
        when not t.valid then concat('Policy ', t.policy_name, ' is malformed: ', t.fault, '.')
        when t.effect = 'Allow' and t.not_resource
            then
                concat(
                    'Statement ', t.name, ' of policy ', t.policy_name, ' allows by NotResource.'
                )
        when
            t.effect = 'Allow' and t.not_action
            and contains(concat(' ', t.resources, ' '), ' * ')
            then concat(
                'Statement ', t.name, ' of policy ', t.policy_name,
                ' allows by NotAction on everything.'
            )
        else 'The statement names what it grants.'
    end as reason,
    u.account_id,
    u.region,
    t.policy_name,
    t.sid,
    u.kinds
from used as u
inner join spoken as t on u.account_id = t.account_id and u.role_arn = t.role_arn
where starts_with(t.part, 'policy/')
union all
select
    u.role_arn as resource,
    null as part,
    'pass' as status,
    'The role has no policy.' as reason,
    u.account_id,
    u.region,
    null as policy_name,
    null as sid,
    u.kinds
from used as u
where
    u.role_arn not in (
        select role_arn from iam_statements
        where starts_with(part, 'policy/')
    )
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'ECS uses no collected role.' as reason,
    a.account_id,
    a.region,
    null as policy_name,
    null as sid,
    null as kinds
from accounts as a
where a.account_id not in (select account_id from used);
