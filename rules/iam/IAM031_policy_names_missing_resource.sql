/* ---
title: Role policy names a deleted resource
severity: low
confidence: heuristic
why: >
  The right waits for whoever makes a resource of that name again, and hides that the policy is
  out of date.
fix: >
  Take the ARN out of the policy.
effort: small
refs:
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
--- */
with used as (
    select distinct
        account_id,
        role_arn
    from iam_role_uses
    where kind in ('task', 'execution') and is_known
),

named as (
    select
        t.account_id,
        t.role_arn,
        t.part,
        t.policy_name,
        unnest(string_split(t.resources, ' ')) as named_arn
    from iam_statements as t
    inner join used as u on t.account_id = u.account_id and t.role_arn = u.role_arn
    where
        starts_with(t.part, 'policy/') and t.effect = 'Allow' and not t.not_resource
),

own as (
    select
        n.account_id,
        n.role_arn,
        n.part,
        n.policy_name,
        n.named_arn,
        split_part(n.named_arn, ':', 3) as service,
        split_part(n.named_arn, ':', 6) as kind
    from named as n
    inner join snapshot_scopes as s
        on
            n.account_id = s.account_id
            and split_part(n.named_arn, ':', 5) = s.account_id
            and split_part(n.named_arn, ':', 4) = s.region
    where
        not regexp_matches(n.named_arn, '[*?]')
        and split_part(n.named_arn, ':', 3) in ('secretsmanager', 'ssm', 'ecr')
),

known as (
    select
        account_id,
        secret_arn as arn
    from secrets
    union all
    select
        account_id,
        parameter_arn as arn
    from ssm_parameters
    union all
    select
        account_id,
        repository_arn as arn
    from ecr_repositories
),

judged as (
    select
        o.role_arn,
        o.account_id,
        o.part,
        min(o.policy_name) as policy_name,
        count(*) filter (where k.arn is null) as missing,
        min(o.named_arn) filter (where k.arn is null) as example
    from own as o
    left join known as k on o.account_id = k.account_id and o.named_arn = k.arn
    where
        o.service <> 'ssm'
        -- what begins with aws/ is Amazon's own, or a secret by another name: never listed
        or (starts_with(o.kind, 'parameter/') and not starts_with(o.kind, 'parameter/aws/'))
    group by o.role_arn, o.account_id, o.part
)

select
    role_arn as resource,
    part,
    case when missing > 0 then 'fail' else 'pass' end as status,
    case
        when missing > 0
            then concat(
                'Statement ', regexp_extract(part, '[^/]+$'), ' of policy ', policy_name, ' names ',
                example, ', which does not exist.'
            )
        else 'Every resource that the statement names exists.'
    end as reason,
    account_id,
    'global' as region,
    policy_name,
    missing,
    example
from judged
union all
select
    u.role_arn as resource,
    null as part,
    'skip' as status,
    'The role names no secret, parameter or repository of the account by ARN.' as reason,
    u.account_id,
    'global' as region,
    null as policy_name,
    null as missing,
    null as example
from used as u
where u.role_arn not in (select role_arn from judged)
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No collected role is used by tasks.' as reason,
    a.account_id,
    a.region,
    null as policy_name,
    null as missing,
    null as example
from accounts as a
where a.account_id not in (select account_id from used);
