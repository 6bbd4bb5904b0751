/* ---
title: Task role may assume any role
severity: high
confidence: certain
why: >
  sts:AssumeRole on every role makes the task as strong as the strongest role that trusts the
  account.
fix: >
  Name the roles that the application assumes.
effort: small
yields_to: [IAM001]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
--- */
with found as (
    select role_arn, min(risk) as risk, min(evidence) as evidence,
        max(case when state = 'certain' then 1 else 0 end) as is_certain
    from iam_risks
    where kind = 'task' and risk = 'ASSUME_ANY'
    group by role_arn
)

select
    u.role_arn as resource,
    null::varchar as part,
    case
        when not u.is_known then 'skip'
        when found.role_arn is null then 'pass'
        when found.is_certain = 1 then 'fail'
        else 'unknown'
    end as status,
    case
        when not u.is_known then 'The account has no such role (IAM011).'
        when found.role_arn is null then 'The role may not assume every role.'
        when found.is_certain = 1 then concat(found.evidence, '.')
        else concat(found.evidence, ', under a condition that only the request decides.')
    end as reason,
    found.risk,
    u.families,
    u.in_use
from iam_role_uses as u
left join found on u.role_arn = found.role_arn
where u.kind = 'task'
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses a task role.' as reason,
    null as risk,
    null as families,
    null as in_use
from accounts as a
where a.account_id not in (select account_id from iam_role_uses where kind = 'task');
