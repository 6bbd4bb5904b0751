/* ---
title: Role cannot be assumed by ECS tasks
severity: high
confidence: certain
why: >
  A task that names the role does not start, or runs without credentials.
fix: >
  Let the trust allow ecs-tasks.amazonaws.com to call sts:AssumeRole.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with used as (
    select account_id, region, role_arn, string_agg(distinct kind, ', ' order by kind) as kinds
    from iam_role_uses
    where kind in ('task', 'execution') and is_known
    group by account_id, region, role_arn
),

trusts as (
    select
        t.account_id, t.role_arn,
        bool_or(t.condition_keys is null or t.condition_keys = '') as is_plain,
        bool_or(
            regexp_full_match(t.condition_keys, '(aws:source(account|arn) ?)+')
        ) as is_source,
        count(*) as statements
    from iam_statements as t
    where
        starts_with(t.part, 'trust/') and t.effect = 'Allow' and t.valid
        and regexp_matches(
            concat(' ', t.principals, ' '), ' (Service:ecs-tasks\.amazonaws\.com(\.cn)?|AWS:\*|\*) '
        )
    group by t.account_id, t.role_arn
),

judged as (
    select
        u.account_id, u.region, u.role_arn, u.kinds,
        case
            when t.role_arn is null then 'none'
            when t.is_plain then 'yes'
            when t.is_source and regexp_matches(
                r.trust_document,
                concat('"(', u.account_id, '|\*|arn:[^"]*:(', u.account_id, '|\*)[:"][^"]*|arn:[^"]*\*)"')
            ) then 'yes'
            when t.is_source then 'elsewhere'
            else 'open'
        end as answer
    from used as u
    join iam_roles as r on u.account_id = r.account_id and u.role_arn = r.role_arn
    left join trusts as t on u.account_id = t.account_id and u.role_arn = t.role_arn
)

select
    role_arn as resource,
    null::varchar as part,
    case
        when answer in ('none', 'elsewhere') then 'fail'
        when answer = 'open' then 'unknown'
        else 'pass'
    end as status,
    case answer
        when 'none' then 'No statement of the trust names ecs-tasks.amazonaws.com.'
        when 'elsewhere' then 'The source that the trust asks for is never this account.'
        when 'open' then 'The trust asks for more than a source account or ARN.'
        else 'ECS tasks may assume the role.'
    end as reason,
    account_id,
    region,
    kinds
from judged
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No collected role is used by tasks.' as reason,
    a.account_id,
    a.region,
    null as kinds
from accounts as a
where a.account_id not in (select account_id from used);
