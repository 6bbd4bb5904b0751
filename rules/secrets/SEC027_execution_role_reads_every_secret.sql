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

wide as (
    select
        account_id,
        role_arn,
        action,
        policy_name,
        statement
    from iam_role_powers
    where power = 'READ_ANY' and state = 'certain'
    union all
    select
        e.account_id,
        e.role_arn,
        e.action,
        p.policy_name,
        coalesce(p.sid, regexp_extract(p.part, '[^/]+$')) as statement
    from iam_effective_actions as e
    inner join iam_action_patterns as p
        on
            e.account_id = p.account_id and e.role_arn = p.role_arn
            and lower(e.action) ~~~ p.pattern
    where
        e."grant" = 'certain' and p.effect = 'Allow' and p.condition_keys = ''
        and e.action in (
            'secretsmanager:GetSecretValue', 'ssm:GetParameters', 'ssm:GetParameter',
            'ssm:GetParametersByPath'
        )
        and regexp_matches(
            concat(' ', p.resources, ' '),
            ' arn:[^ :]*:(ssm|secretsmanager|\*):[^ :]*:[^ :]*:(\*|secret:\*|parameter/?\*) '
        )
),

reading as (
    select
        account_id,
        role_arn,
        min(action) as action,
        arg_min(policy_name, action) as policy_name,
        arg_min(statement, action) as statement
    from wide
    group by account_id, role_arn
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
