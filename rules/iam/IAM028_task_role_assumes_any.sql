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
snippets:
  iam: |
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "ROLE_ARN"}
yields_to: [IAM001]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
--- */
with found as (
    select
        account_id,
        role_arn,
        risk,
        state,
        evidence,
        policy_name,
        statement,
        action,
        fix,
        snippet
    from iam_risks
    where
        kind = 'task' and risk = 'ASSUME_ANY'
        and not regexp_matches(
            concat(' ', coalesce(condition_keys, ''), ' '),
            ' aws:(resourceorgid|resourceaccount) '
        )
    qualify row_number() over (partition by account_id, role_arn order by state, risk) = 1
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when not r.is_known then 'skip'
        when f.state = 'certain' then 'fail'
        when f.state is not null or r.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not r.is_known then 'The account has no such role (IAM011).'
        when f.state = 'certain' then concat(f.evidence, '.')
        when f.state is not null
            then concat(f.evidence, ', under a condition that only the request decides.')
        when r.fault is not null then concat('Not all of the role could be judged: ', r.fault, '.')
        else 'The role assumes named roles at most, or roles of its own account or organisation.'
    end as reason,
    r.account_id,
    r.region,
    f.risk,
    f.policy_name,
    f.statement,
    f.action,
    f.fix as change,
    f.snippet,
    r.families,
    r.services,
    r.in_use
from iam_judged_roles as r
left join found as f on r.account_id = f.account_id and r.role_arn = f.role_arn
where r.kind = 'task'
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses a task role.' as reason,
    a.account_id,
    a.region,
    null as risk,
    null as policy_name,
    null as statement,
    null as action,
    null as change,
    null as snippet,
    null as families,
    null as services,
    null as in_use
from accounts as a
where a.account_id not in (
    select account_id from iam_judged_roles
    where kind = 'task'
);
