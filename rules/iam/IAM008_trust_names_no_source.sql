/* ---
title: Trust of ecs-tasks names no source account
severity: low
confidence: certain
why: >
  Without a source condition the trust rests on the service alone: another account that gets ECS
  to use this role is not held off.
fix: >
  Add a condition on aws:SourceAccount, and ArnLike on aws:SourceArn.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
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

unread as (
    select
        account_id,
        role_arn,
        min(concat('the trust policy is malformed: ', fault)) as fault
    from iam_statements
    where part = 'trust'  -- the whole of it: IAM would not take it
    group by account_id, role_arn
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
        kind in ('task', 'execution') and risk = 'TRUST_NO_SOURCE'
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
        when f.state is not null or t.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not s.is_known then 'The account has no such role (IAM011).'
        when f.state = 'certain' then concat(f.evidence, '.')
        when f.state is not null
            then concat(f.evidence, ', under a condition that only the request decides.')
        when t.fault is not null then concat('Not all of the role could be judged: ', t.fault, '.')
        else 'The trust names its source, or does not trust ECS tasks.'
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
left join unread as t on s.account_id = t.account_id and s.role_arn = t.role_arn
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
