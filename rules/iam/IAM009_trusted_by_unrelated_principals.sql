/* ---
title: ECS role also trusted by unrelated principals
severity: medium
confidence: certain
why: >
  Whoever else may assume the role gets the rights of the workload, and the audit trail no
  longer tells them apart.
fix: >
  Split the role: one for ECS tasks, one for the other principal.
effort: small
yields_to: [IAM007, IAM018]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with used as (
    select
        account_id,
        region,
        role_arn,
        string_agg(distinct kind, ', ' order by kind) as kinds
    from iam_role_uses
    where kind in ('task', 'execution') and is_known
    group by account_id, region, role_arn
),

principals as (
    select
        t.account_id,
        t.role_arn,
        coalesce(t.sid, regexp_extract(t.part, '[^/]+$')) as statement,
        unnest(string_split(t.principals, ' ')) as principal
    from iam_statements as t
    where t.effect = 'Allow'  -- trust alone has principals
),

unread as (
    select
        account_id,
        role_arn,
        min(fault) as fault
    from iam_statements
    where part = 'trust'  -- the whole of it: IAM would not take it
    group by account_id, role_arn
),

told as (
    select
        account_id,
        role_arn,
        statement,
        principal,
        starts_with(principal, 'AWS:arn:')
        and split_part(principal, ':', 6) = account_id
        and split_part(principal, ':', 7) <> 'root' as is_colleague,
        not is_colleague
        and not regexp_full_match(principal, 'Service:ecs-tasks\.amazonaws\.com(\.cn)?')
            as is_other
    from principals
),

trusted as (
    select
        account_id,
        role_arn,
        min(principal) filter (where is_other) as principal,
        arg_min(statement, principal) filter (where is_other) as statement,
        count(distinct principal) filter (where is_other) as principals,
        string_agg(distinct principal, ', ' order by principal) filter (where is_colleague)
            as colleagues
    from told
    group by account_id, role_arn
)

select
    u.role_arn as resource,
    null::varchar as part,
    case
        when f.principal is not null then 'fail'
        when n.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when f.principal is not null
            then concat('Statement ', f.statement, ' of the trust also names ', f.principal, '.')
        when n.fault is not null then concat('The trust policy is malformed: ', n.fault, '.')
        when f.colleagues is not null
            then
                concat(
                    'Beside ECS tasks, roles and users of the account by name: ', f.colleagues, '.'
                )
        else 'ECS tasks alone may assume the role.'
    end as reason,
    u.account_id,
    u.region,
    u.kinds,
    f.principal,
    nullif(f.principals, 0) as others,
    case
        when f.principal is not null
            then concat(
                'Give ', f.principal, ' a role of its own and take it out of statement ',
                f.statement, ' of the trust.'
            )
    end as change
from used as u
left join trusted as f on u.account_id = f.account_id and u.role_arn = f.role_arn
left join unread as n on u.account_id = n.account_id and u.role_arn = n.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No collected role is used by tasks.' as reason,
    a.account_id,
    a.region,
    null as kinds,
    null as principal,
    null as others,
    null as change
from accounts as a
where a.account_id not in (select account_id from used);
