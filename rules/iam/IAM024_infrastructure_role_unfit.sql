/* ---
title: Infrastructure role not assumable or too broad
severity: medium
confidence: likely
why: >
  ECS builds volumes, listeners and hosts with this role: it does not work if ECS cannot assume
  it, and it is a lever if it can do more.
fix: >
  Let ecs.amazonaws.com assume it and attach the AWS managed policy for its purpose, nothing
  more.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html
--- */
with named as (
    select account_id, role_arn from service_volumes where role_arn is not null
    union
    select account_id, role_arn from service_load_balancers where role_arn is not null
    union
    select account_id, infrastructure_role_arn as role_arn
    from capacity_providers
    where infrastructure_role_arn is not null
    union
    select account_id, infrastructure_role_arn as role_arn
    from express_services
    where infrastructure_role_arn is not null
),

trusting as (
    select distinct account_id, role_arn
    from iam_statements
    where
        starts_with(part, 'trust/') and effect = 'Allow'
        and regexp_matches(concat(' ', principals, ' '), ' Service:ecs\.amazonaws\.com(\.cn)? ')
),

broad as (
    select p.account_id, p.role_arn, min(p.pattern) as pattern, min(p.policy_name) as policy_name
    from iam_action_patterns as p
    where
        p.effect = 'Allow' and contains(concat(' ', p.resources, ' '), ' * ')
        and p.condition_keys = ''
        and regexp_full_match(p.pattern, '\*|[a-z0-9-]*\*?:\*|iam:(\*|attach.*|put.*|create.*|passrole)')
    group by p.account_id, p.role_arn
)

select
    n.role_arn as resource,
    null::varchar as part,
    case
        when r.role_arn is null then 'unknown'
        when t.role_arn is null or b.role_arn is not null then 'fail'
        else 'pass'
    end as status,
    case
        when r.role_arn is null then 'The role was not collected.'
        when t.role_arn is null then 'The trust does not let ecs.amazonaws.com assume the role.'
        when b.role_arn is not null
            then concat('Policy ', b.policy_name, ' allows ', b.pattern, ' on everything.')
        else 'ECS may assume the role, and no statement takes a whole service.'
    end as reason,
    n.account_id,
    'global' as region,
    b.pattern
from named as n
left join iam_roles as r on n.account_id = r.account_id and n.role_arn = r.role_arn
left join trusting as t on n.account_id = t.account_id and n.role_arn = t.role_arn
left join broad as b on n.account_id = b.account_id and n.role_arn = b.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing names an infrastructure role.' as reason,
    a.account_id,
    a.region,
    null as pattern
from accounts as a
where a.account_id not in (select account_id from named);
