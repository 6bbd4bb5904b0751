/* ---
title: Container instance role is an administrator or can escalate
severity: high
confidence: certain
why: >
  Containers on the host can borrow the role through the metadata service unless that is
  blocked.
fix: >
  Move application rights to task roles; leave AmazonEC2ContainerServiceforEC2Role.
effort: medium
snippets:
  cli: |
    aws iam detach-role-policy --role-name ROLE --policy-arn POLICY_ARN
    aws iam attach-role-policy --role-name ROLE \
      --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
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
        kind = 'instance' and risk in ('ADMIN', 'PRIV_ESC', 'PASSROLE_OPEN', 'DATA_EXFIL')
        and not exists (
            select 1
            from iam_role_policies as p
            where
                p.account_id = iam_risks.account_id and p.role_arn = iam_risks.role_arn
                and p.policy_name = iam_risks.policy_name
                and split_part(p.policy_arn, ':', 5) = 'aws'
                and p.policy_name in (
                    'AmazonSSMManagedInstanceCore', 'CloudWatchAgentServerPolicy',
                    'AmazonEC2ContainerServiceforEC2Role'
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
        else 'The role is no administrator, passes no role and reads no data everywhere.'
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
where r.kind = 'instance'
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance with a collected role.' as reason,
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
    where kind = 'instance'
);
