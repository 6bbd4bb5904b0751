/* ---
title: Execution role is an administrator or can escalate
severity: high
confidence: certain
why: >
  The container cannot use the role directly, but whoever may register a definition can, and on
  EC2 hosts the agent holds its keys.
fix: >
  Leave AmazonECSTaskExecutionRolePolicy and the named secrets.
effort: small
snippets:
  cli: |
    aws iam detach-role-policy --role-name ROLE --policy-arn POLICY_ARN
    aws iam attach-role-policy --role-name ROLE \
      --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
yields_to: [IAM001]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
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
        kind = 'execution' and (
            risk in ('ADMIN', 'PRIV_ESC')
            or (
                risk = 'SERVICE_WILDCARD'
                and regexp_matches(
                    concat(' ', action, ' '), ' (iam|sts|kms|secretsmanager):\* '
                )
            )
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
        else 'The role is no administrator and has no known path to more rights.'
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
where r.kind = 'execution'
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses an execution role.' as reason,
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
    where kind = 'execution'
);
