/* ---
title: Broad ECS control-plane permission
severity: low
confidence: likely
why: >
  The role starts, stops and changes workloads in every cluster of the account.
fix: >
  Scope the statement by cluster ARN, or by a condition on ecs:cluster.
effort: small
yields_to: [IAM022, IAM023]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html
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
    where power = 'ECS_CONTROL'
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when f.state = 'certain' then 'fail'
        when f.state is not null or r.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when f.state = 'certain' then concat(f.evidence, '.')
        when f.state is not null
            then concat(f.evidence, ', under a condition that only the request decides.')
        when r.fault is not null then concat('Not all of the role could be judged: ', r.fault, '.')
        else 'The role controls named clusters at most.'
    end as reason,
    r.account_id,
    r.region,
    f.policy_name,
    f.statement,
    f.action,
    case
        when f.statement is not null
            then concat(
                'Add a condition on ecs:cluster to statement ', f.statement, ' of policy ',
                f.policy_name, '.'
            )
    end as change
from judged_roles as r
left join found as f on r.account_id = f.account_id and r.role_arn = f.role_arn
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
