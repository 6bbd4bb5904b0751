/* ---
title: Task or execution role may pass any role
severity: high
confidence: certain
why: >
  Whoever runs code under the role can hand any role of the account to a service that takes one,
  and work with its rights.
fix: >
  List the role ARNs that may be passed, and add a condition on iam:PassedToService.
effort: small
snippets:
  iam: |
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "ROLE_ARN",
     "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}
yields_to: [IAM003]
refs:
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
--- */
with subjects as (
    select
        account_id,
        region,
        role_arn,
        bool_or(is_known) as is_known,
        bool_or(in_use) as in_use,
        max(families) as families,
        max(services) as services,
        min(fault) as fault
    from iam_role_uses
    where kind in ('task', 'execution')
    group by account_id, region, role_arn
),

found as (
    select
        account_id,
        role_arn,
        min(state) as state,
        arg_min(risk, concat(state, risk)) as risk,
        arg_min(evidence, concat(state, risk)) as evidence,
        arg_min(policy_name, concat(state, risk)) as policy_name,
        arg_min(statement, concat(state, risk)) as statement,
        arg_min(action, concat(state, risk)) as action,
        arg_min(fix, concat(state, risk)) as change,
        arg_min(snippet, concat(state, risk)) as snippet
    from iam_risks
    where
        kind in ('task', 'execution') and risk = 'PASSROLE_OPEN'
    group by account_id, role_arn
),

running as (
    select
        account_id,
        role_arn,
        string_agg(distinct service_name, ', ' order by service_name) as names
    from iam_role_workloads
    where kind in ('task', 'execution')
    group by account_id, role_arn
)

select
    s.role_arn as resource,
    null::varchar as part,
    case
        when not s.is_known then 'skip'
        when f.state = 'certain' then 'fail'
        when f.state is not null or s.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not s.is_known then 'The account has no such role (IAM011).'
        when f.state = 'certain' then concat(f.evidence, '.')
        when f.state is not null
            then concat(f.evidence, ', under a condition that only the request decides.')
        when s.fault is not null then concat('Not all of the role could be judged: ', s.fault, '.')
        else 'The role passes no role, or named ones only.'
    end as reason,
    s.account_id,
    s.region,
    f.risk,
    f.policy_name,
    f.statement,
    f.action,
    f.change,
    f.snippet,
    s.families,
    r.names as services,
    s.in_use
from subjects as s
left join found as f on s.account_id = f.account_id and s.role_arn = f.role_arn
left join running as r on s.account_id = r.account_id and s.role_arn = r.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses a role.' as reason,
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
where a.account_id not in (select account_id from subjects);
