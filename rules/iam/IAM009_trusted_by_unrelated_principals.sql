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
    select account_id, region, role_arn, string_agg(distinct kind, ', ' order by kind) as kinds
    from iam_role_uses
    where kind in ('task', 'execution') and is_known
    group by account_id, region, role_arn
),

principals as (
    select
        t.account_id, t.role_arn,
        unnest(string_split(t.principals, ' ')) as principal
    from iam_statements as t
    where starts_with(t.part, 'trust/') and t.effect = 'Allow' and t.valid
),

foreign_ones as (
    select
        p.account_id, p.role_arn, min(p.principal) as principal, count(distinct p.principal) as others
    from principals as p
    where
        p.principal <> ''
        and not regexp_full_match(p.principal, 'Service:ecs-tasks\.amazonaws\.com(\.cn)?')
        and not (
            starts_with(p.principal, 'AWS:arn:')
            and split_part(p.principal, ':', 6) = p.account_id
            and split_part(p.principal, ':', 7) <> 'root'
        )
    group by p.account_id, p.role_arn
)

select
    u.role_arn as resource,
    null::varchar as part,
    case when f.principal is null then 'pass' else 'fail' end as status,
    case
        when f.principal is null then 'ECS tasks alone may assume the role.'
        else concat('The trust also names ', f.principal, '.')
    end as reason,
    u.account_id,
    u.region,
    u.kinds,
    f.principal,
    f.others
from used as u
left join foreign_ones as f on u.account_id = f.account_id and u.role_arn = f.role_arn
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
    null as others
from accounts as a
where a.account_id not in (select account_id from used);
