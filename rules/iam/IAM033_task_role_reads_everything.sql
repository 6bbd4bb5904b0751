/* ---
title: Task role can read data everywhere
severity: high
confidence: certain
why: >
  One compromised container reads every bucket, secret, parameter or queue of the account.
fix: >
  Name the buckets, secrets, parameters and tables that the application reads.
effort: medium
yields_to: [IAM001]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
--- */
with found as (
    select
        k.account_id,
        k.role_arn,
        k.risk,
        k.state,
        k.evidence,
        k.policy_name,
        k.statement,
        k.action,
        k.fix,
        k.snippet,
        w.service as whole_service
    from iam_risks as k
    -- The first action is one beside whole services where the role has such: else IAM002 says it.
    left join iam_service_grants as w
        on
            k.account_id = w.account_id and k.role_arn = w.role_arn
            and w.whole = 'certain' and w.is_sensitive
            and split_part(k.action, ':', 1) = w.service
    where
        k.kind = 'task' and k.risk in ('DATA_EXFIL', 'CREDENTIALS_EXPOSURE')
        and k.action <> 'kms:Decrypt'
        and not contains(coalesce(k.condition_keys, ''), 'aws:resourcetag/')
    qualify row_number() over (
        partition by k.account_id, k.role_arn order by w.service is not null, k.state, k.risk
    ) = 1
)

select
    r.role_arn as resource,
    null::varchar as part,
    case
        when not r.is_known then 'skip'
        when f.whole_service is not null then 'pass'
        when f.state = 'certain' then 'fail'
        when f.state is not null or r.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not r.is_known then 'The account has no such role (IAM011).'
        when f.whole_service is not null
            then concat('It holds all of ', f.whole_service, ' (IAM002), and reads nothing beside.')
        when f.state = 'certain' then concat(f.evidence, '.')
        when f.state is not null
            then concat(f.evidence, ', under a condition that only the request decides.')
        when r.fault is not null then concat('Not all of the role could be judged: ', r.fault, '.')
        else 'The role reads named resources only, or by their tags.'
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
where r.kind = 'task'
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses a task role.' as reason,
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
    where kind = 'task'
);
