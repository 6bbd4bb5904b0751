/* ---
title: Role trust open to everyone
severity: critical
confidence: likely
why: >
  Anybody with an AWS account may assume the role and gets all that it grants.
fix: >
  Name the principals that may assume the role, or pin account, organisation or source in a
  condition.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with found as (
    select role_arn, min(evidence) as evidence
    from iam_risks
    where risk = 'TRUST_PUBLIC'
    group by role_arn
)

select
    u.role_arn as resource,
    null::varchar as part,
    case when found.role_arn is null then 'pass' else 'fail' end as status,
    case
        when found.role_arn is null then 'The trust names who may assume the role.'
        else concat(found.evidence, '.')
    end as reason,
    min(u.kind) as kind
from iam_role_uses as u
left join found on u.role_arn = found.role_arn
where u.is_known
group by u.role_arn, found.role_arn, found.evidence
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No collected role is used by ECS.' as reason,
    null as kind
from accounts as a
where a.account_id not in (select account_id from iam_role_uses where is_known);
