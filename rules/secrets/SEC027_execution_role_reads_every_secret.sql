/* ---
title: Execution role can read every secret or parameter
severity: medium
confidence: certain
why: >
  Whoever may register a definition with this role reads every secret of the account into a
  container.
fix: >
  Name the ARNs that the definitions list.
effort: small
yields_to: [IAM036]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
--- */
with subjects as (
    select
        account_id,
        region,
        role_arn,
        bool_or(is_known) as is_known,
        bool_or(in_use) as in_use,
        max(families) as families,
        max(services) as services,
        min(fault) as fault
    from iam_role_uses
    where kind in ('execution')
    group by account_id, region, role_arn
),

reading as (
    select
        account_id,
        role_arn,
        action,
        policy_name,
        statement
    from iam_role_powers
    where power = 'READ_ANY' and state = 'certain'
)

select
    s.role_arn as resource,
    null::varchar as part,
    case
        when not s.is_known then 'skip'
        when r.role_arn is not null then 'fail'
        when s.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not s.is_known then 'The account has no such role (IAM011).'
        when r.role_arn is not null
            then concat(
                'Statement ', r.statement, ' of policy ', r.policy_name, ' allows ', r.action,
                ' on everything.'
            )
        when s.fault is not null
            then concat('Not all of the role could be judged: ', s.fault, '.')
        else 'The role reads named secrets, or under a condition.'
    end as reason,
    s.account_id,
    s.region,
    r.action,
    r.policy_name,
    r.statement,
    s.families
from subjects as s
left join reading as r on s.account_id = r.account_id and s.role_arn = r.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses an execution role.' as reason,
    a.account_id,
    a.region,
    null as action,
    null as policy_name,
    null as statement,
    null as families
from accounts as a
where a.account_id not in (select account_id from subjects);
