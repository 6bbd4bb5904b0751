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
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
--- */
with judged_roles as (
    select r.account_id, r.region, r.role_arn, r.role_name
    from iam_roles as r
    where
        not starts_with(r.path, '/aws-service-role/')
        and not starts_with(r.role_name, 'AWSReservedSSO_')
        and not exists (
            select 1
            from iam_action_patterns as p
            where
                p.account_id = r.account_id and p.role_arn = r.role_arn
                and p.effect = 'Allow' and p.pattern in ('*', '*:*')
                and p.condition_keys = ''
                and contains(concat(' ', p.resources, ' '), ' * ')
        )
),

found as (
    select
        p.account_id, p.role_arn, min(a.action) as action, min(p.policy_name) as policy_name,
        arg_min(coalesce(p.sid, p.part), p.part) as statement
    from iam_action_patterns as p
    join (select unnest(['ecs:executecommand']) as action) as a on a.action ~~~ p.pattern
    where
        p.effect = 'Allow' and not p.not_resource
        and (
            contains(concat(' ', p.resources, ' '), ' * ')
            or regexp_matches(
                p.resources,
                '(^| )arn:[^ :]*:(\*|ecs):[^ :]*:[^ :]*:(\*|[a-z-]+/\*)'
            )
        )
        and not regexp_matches(
            p.condition_keys, '(^| )(aws:resourcetag/|ecs:cluster|ecs:container-name|ecs:task)'
        )
        and not exists (
            select 1
            from iam_action_patterns as n
            where
                n.account_id = p.account_id and n.role_arn = p.role_arn
                and n.effect = 'Deny' and n.condition_keys = '' and a.action ~~~ n.pattern
                and contains(concat(' ', n.resources, ' '), ' * ')
        )
    group by p.account_id, p.role_arn
),

open_doors as (
    select account_id from services where enable_execute_command
    union
    select account_id from tasks where enable_execute_command
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when d.account_id is null then 'skip'
        when f.role_arn is null then 'pass'
        else 'fail'
    end as status,
    case
        when d.account_id is null then 'Nothing in the account has ECS Exec enabled.'
        when f.role_arn is null then 'The role executes commands nowhere, or under a condition.'
        else concat('Statement ', f.statement, ' of ', f.policy_name, ' allows ecs:ExecuteCommand in every task.')
    end as reason,
    r.account_id,
    r.region,
    f.policy_name as policy_name,
    f.statement as statement
from judged_roles as r
left join found as f on r.account_id = f.account_id and r.role_arn = f.role_arn
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
    null as statement
from accounts as a
where a.account_id not in (select account_id from judged_roles);
