/* ---
title: Task roles lack a permissions boundary
severity: info
confidence: certain
why: >
  Where the account policy asks for boundaries, a role without one may be given any right.
fix: >
  Set the boundary on the role.
effort: small
thresholds:
  require_permissions_boundary: {default: 0, unit: switch, doc: 1 where the account policy asks for a boundary on every task role.}
refs:
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
--- */
with wanted as (
    select coalesce(
        (
            select value from thresholds
            where name = 'require_permissions_boundary'
        ), 0
    ) >= 1 as is_on
)

select
    u.role_arn as resource,
    null::varchar as part,
    case
        when not w.is_on then 'skip'
        when r.role_arn is null then 'skip'
        when r.permissions_boundary_arn is null then 'fail'
        else 'pass'
    end as status,
    case
        when not w.is_on then 'No boundary is asked for (threshold require_permissions_boundary).'
        when r.role_arn is null then 'The account has no such role (IAM011).'
        when r.permissions_boundary_arn is null then 'The role has no permissions boundary.'
        else 'The role has a permissions boundary.'
    end as reason,
    u.account_id,
    u.region,
    r.permissions_boundary_arn
from iam_role_uses as u
cross join wanted as w
left join iam_roles as r on u.account_id = r.account_id and u.role_arn = r.role_arn
where u.kind = 'task'
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses a task role.' as reason,
    a.account_id,
    a.region,
    null as permissions_boundary_arn
from accounts as a
where a.account_id not in (
    select account_id from iam_role_uses
    where kind = 'task'
);
