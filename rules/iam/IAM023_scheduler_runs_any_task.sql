/* ---
title: Scheduler or EventBridge role may run any task
severity: low
confidence: certain
why: >
  Whoever may write a schedule runs any definition of the account under any role.
fix: >
  Name the definition as family:* with a condition on ecs:cluster, and the roles to pass.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
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

schedulers as (
    select distinct account_id, role_arn
    from iam_statements
    where
        starts_with(part, 'trust/') and effect = 'Allow'
        and regexp_matches(
            concat(' ', principals, ' '), ' Service:(events|scheduler)\.amazonaws\.com(\.cn)? '
        )
),

running as (
    select
        p.account_id, p.role_arn, min(a.action) as action, min(p.policy_name) as policy_name,
        arg_min(coalesce(p.sid, p.part), p.part) as statement
    from iam_action_patterns as p
    join (select unnest(['ecs:runtask']) as action) as a on a.action ~~~ p.pattern
    where
        p.effect = 'Allow' and not p.not_resource
        and contains(concat(' ', p.resources, ' '), ' * ')
        and not contains(concat(' ', p.condition_keys, ' '), ' ecs:cluster ')
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

passing as (
    select
        p.account_id, p.role_arn, min(a.action) as action, min(p.policy_name) as policy_name,
        arg_min(coalesce(p.sid, p.part), p.part) as statement
    from iam_action_patterns as p
    join (select unnest(['iam:passrole']) as action) as a on a.action ~~~ p.pattern
    where
        p.effect = 'Allow' and not p.not_resource
        and regexp_matches(concat(' ', p.resources, ' '), ' (\*|arn:[^ :]*:iam::[^ :]*:(\*|role/\*)) ')
        
        and not exists (
            select 1
            from iam_action_patterns as n
            where
                n.account_id = p.account_id and n.role_arn = p.role_arn
                and n.effect = 'Deny' and n.condition_keys = '' and a.action ~~~ n.pattern
                and contains(concat(' ', n.resources, ' '), ' * ')
        )
    group by p.account_id, p.role_arn
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when s.role_arn is null then 'skip'
        when t.role_arn is null and f.role_arn is null then 'pass'
        else 'fail'
    end as status,
    case
        when s.role_arn is null then 'No schedule runs under the role.'
        when t.role_arn is null and f.role_arn is null then 'The role runs named tasks under named roles.'
        when t.role_arn is null
            then concat('Statement ', f.statement, ' of ', f.policy_name, ' passes any role.')
        else concat('Statement ', t.statement, ' of ', t.policy_name, ' runs any task.')
    end as reason,
    r.account_id,
    r.region,
    coalesce(t.policy_name, f.policy_name) as policy_name,
    coalesce(t.statement, f.statement) as statement
from judged_roles as r
left join schedulers as s on r.account_id = s.account_id and r.role_arn = s.role_arn
left join running as t on r.account_id = t.account_id and r.role_arn = t.role_arn
left join passing as f on r.account_id = f.account_id and r.role_arn = f.role_arn
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
