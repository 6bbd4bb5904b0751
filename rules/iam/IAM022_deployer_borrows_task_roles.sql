/* ---
title: Deployer can borrow any task role
severity: high
confidence: likely
why: >
  The role registers a definition that names any role of the account, runs it, and works as that
  role.
fix: >
  Name in iam:PassRole the roles that the pipeline deploys.
effort: medium
refs:
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
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

registering as (
    select
        p.account_id, p.role_arn, min(a.action) as action, min(p.policy_name) as policy_name,
        arg_min(coalesce(p.sid, p.part), p.part) as statement
    from iam_action_patterns as p
    join (select unnest(['ecs:registertaskdefinition']) as action) as a on a.action ~~~ p.pattern
    where
        p.effect = 'Allow' and not p.not_resource
        and (
            contains(concat(' ', p.resources, ' '), ' * ')
            or regexp_matches(
                p.resources,
                '(^| )arn:[^ :]*:(\*|ecs):[^ :]*:[^ :]*:(\*|[a-z-]+/\*)'
            )
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

running as (
    select
        p.account_id, p.role_arn, min(a.action) as action, min(p.policy_name) as policy_name,
        arg_min(coalesce(p.sid, p.part), p.part) as statement
    from iam_action_patterns as p
    join (select unnest(['ecs:runtask', 'ecs:starttask', 'ecs:createservice', 'ecs:updateservice']) as action) as a on a.action ~~~ p.pattern
    where
        p.effect = 'Allow' and not p.not_resource
        and p.resources is not null
        
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
        and (
            not contains(concat(' ', p.condition_keys, ' '), ' iam:passedtoservice ')
            or p.role_arn in (
                select d.role_arn
                from iam_role_policies as d
                left join iam_policies as m on d.policy_arn = m.policy_arn
                where contains(coalesce(d.document, m.document), 'ecs-tasks.')
            )
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

machines as (
    select account_id, role_arn
    from iam_statements
    where starts_with(part, 'trust/') and effect = 'Allow'
    group by account_id, role_arn
    having bool_and(principals = 'Service:cloudformation.amazonaws.com')
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when g.role_arn is null or s.role_arn is null or f.role_arn is null then 'pass'
        when m.role_arn is not null then 'skip'
        else 'fail'
    end as status,
    case
        when g.role_arn is null or s.role_arn is null or f.role_arn is null
            then 'The role does not register, run and pass any role.'
        when m.role_arn is not null then 'CloudFormation alone assumes the role.'
        else concat('Statement ', f.statement, ' of ', f.policy_name, ' passes any role, and the role may ', s.action, '.')
    end as reason,
    r.account_id,
    r.region,
    f.policy_name as policy_name,
    f.statement as statement,
    s.action as starts_with_action
from judged_roles as r
left join registering as g on r.account_id = g.account_id and r.role_arn = g.role_arn
left join running as s on r.account_id = s.account_id and r.role_arn = s.role_arn
left join passing as f on r.account_id = f.account_id and r.role_arn = f.role_arn
left join machines as m on r.account_id = m.account_id and r.role_arn = m.role_arn
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
    null as starts_with_action
from accounts as a
where a.account_id not in (select account_id from judged_roles);
