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
snippets:
  iam: |
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "ROLE_ARN",
     "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}
refs:
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
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
        and not starts_with(r.role_name, 'AWSReservedSSO_')
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
    where power = 'DEPLOY_ANY'
),

machines as (
    select
        account_id,
        role_arn
    from iam_statements
    where effect = 'Allow'  -- trust alone has principals
    group by account_id, role_arn
    having bool_and(regexp_full_match(principals, 'Service:cloudformation\.amazonaws\.com(\.cn)?'))
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when f.state is not null and m.role_arn is not null then 'skip'
        when f.state = 'certain' then 'fail'
        when f.state is not null or r.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when f.state is not null and m.role_arn is not null
            then 'CloudFormation alone assumes the role.'
        when f.state = 'certain' then concat(f.evidence, '.')
        when f.state is not null
            then concat(f.evidence, ', under a condition that only the request decides.')
        when r.fault is not null then concat('Not all of the role could be judged: ', r.fault, '.')
        else 'The role does not register, run and pass any role.'
    end as reason,
    r.account_id,
    r.region,
    f.policy_name,
    f.statement,
    f.action,
    case
        when f.statement is not null
            then concat(
                'Name the roles that the pipeline deploys in statement ', f.statement,
                ' of policy ', f.policy_name, '.'
            )
    end as change
from judged_roles as r
left join found as f on r.account_id = f.account_id and r.role_arn = f.role_arn
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
    null as action,
    null as change
from accounts as a
where a.account_id not in (select account_id from judged_roles);
