/* ---
title: Task role holds a whole service
severity: high
confidence: certain
why: >
  Every action of a service on every resource holds deletion and permission changes that no
  application needs.
fix: >
  List the actions that the application calls and name the resources.
effort: medium
yields_to: [IAM001]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
--- */
with whole as (
    select
        account_id,
        role_arn,
        min(whole) as state,
        string_agg(service, ', ' order by service) as names
    from iam_service_grants
    where whole is not null and is_sensitive
    group by account_id, role_arn
),

found as (
    select
        w.account_id,
        w.role_arn,
        w.state,
        coalesce(k.evidence, concat('all of ', w.names, ' on everything')) as evidence,
        k.risk,
        k.policy_name,
        k.statement,
        k.action,
        k.fix,
        k.snippet
    from whole as w
    left join iam_risks as k
        on
            w.account_id = k.account_id and w.role_arn = k.role_arn and w.state = k.state
            and k.kind = 'task' and k.risk = 'SERVICE_WILDCARD'
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
        else 'The role holds no whole service that matters.'
    end as reason,
    r.account_id,
    r.region,
    f.risk,
    f.policy_name,
    f.statement,
    f.action,
    f.fix as change,
    f.snippet,
    r.classes,
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
    null as classes,
    null as families,
    null as services,
    null as in_use
from accounts as a
where a.account_id not in (
    select account_id from iam_judged_roles
    where kind = 'task'
);
