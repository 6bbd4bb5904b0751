/* ---
title: ECS Exec allowed everywhere
severity: high
confidence: likely
why: >
  Whoever holds the role opens a shell in any container for which Exec is on, with the task role
  in hand.
fix: >
  Add a condition on the cluster or on tags, and deny ssm:StartSession on ECS tasks.
effort: small
snippets:
  iam: |
    {"Effect": "Allow", "Action": "ecs:ExecuteCommand", "Resource": "*",
     "Condition": {"ArnEquals": {"ecs:cluster": "CLUSTER_ARN"}}}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
--- */
with judged_roles as (
    select
        r.account_id,
        r.region,
        r.role_arn,
        r.path,
        j.fault,
        j.schedulers_assume
    from iam_roles as r
    inner join iam_role_judgements as j on r.account_id = j.account_id and r.role_arn = j.role_arn
    where
        not starts_with(r.path, '/aws-service-role/')
        and not exists (
            select 1
            from iam_role_powers as p
            where
                p.account_id = r.account_id and p.role_arn = r.role_arn and p.power = 'ADMIN'
                and p.state = 'certain'
        )
),

found as (
    select
        account_id,
        role_arn,
        state,
        evidence,
        policy_name,
        statement,
        action
    from iam_role_powers
    where
        power = 'EXEC_ANY'
        and not regexp_matches(
            concat(' ', coalesce(condition_keys, '')),
            ' (aws:resourcetag/|ecs:resourcetag/|ecs:cluster|ecs:container-name|ecs:task)'
        )
),

sessions as (
    select
        account_id,
        role_arn,
        state
    from iam_role_powers
    where power = 'SESSION_ANY'
),

open_doors as (
    select account_id from services
    where enable_execute_command
    union
    select account_id from tasks
    where enable_execute_command
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when d.account_id is null then 'skip'
        when f.state = 'certain' then 'fail'
        when f.state is not null or r.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when d.account_id is null then 'Nothing in the account has ECS Exec enabled.'
        when f.state = 'certain' then concat(f.evidence, '.')
        when f.state is not null
            then concat(f.evidence, ', under a condition that only the request decides.')
        when r.fault is not null then concat('Not all of the role could be judged: ', r.fault, '.')
        else 'The role executes commands nowhere, or under a condition.'
    end as reason,
    r.account_id,
    r.region,
    f.policy_name,
    f.statement,
    s.state as starts_sessions_anywhere,
    case
        when f.statement is not null
            then concat(
                'Add a condition on ecs:cluster or on a tag to statement ', f.statement,
                ' of policy ', f.policy_name, ', and deny ssm:StartSession on ECS tasks.'
            )
    end as change
from judged_roles as r
left join found as f on r.account_id = f.account_id and r.role_arn = f.role_arn
left join sessions as s on r.account_id = s.account_id and r.role_arn = s.role_arn
left join open_doors as d on r.account_id = d.account_id
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'The account has no role of its own to judge.' as reason,
    a.account_id,
    a.region,
    null as policy_name,
    null as statement,
    null as starts_sessions_anywhere,
    null as change
from accounts as a
where a.account_id not in (select account_id from judged_roles);
