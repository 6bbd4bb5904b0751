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
    select
        account_id,
        role_arn
    from service_infrastructure_roles
    union
    select
        account_id,
        infrastructure_role_arn as role_arn
    from capacity_providers
    where infrastructure_role_arn is not null
    union
    select
        account_id,
        infrastructure_role_arn as role_arn
    from express_services
    where infrastructure_role_arn is not null
),

broad as (
    select
        account_id,
        role_arn,
        min(state) as state,
        arg_min(power, concat(state, power)) as power,
        arg_min(evidence, concat(state, power)) as evidence,
        arg_min(policy_name, concat(state, power)) as policy_name,
        arg_min(action, concat(state, power)) as pattern
    from iam_role_powers
    where
        power in ('ADMIN', 'PRIV_ESC', 'SERVICE_WILDCARD')
        and not exists (
            select 1
            from iam_role_policies as p
            where
                p.account_id = iam_role_powers.account_id
                and p.role_arn = iam_role_powers.role_arn
                and p.policy_name = iam_role_powers.policy_name
                and split_part(p.policy_arn, ':', 5) = 'aws'
                and starts_with(p.policy_name, 'AmazonECSInfrastructureRolePolicy')
        )
    group by account_id, role_arn
)

select
    n.role_arn as resource,
    null::varchar as part,
    case
        when j.role_arn is null then 'unknown'
        when j.ecs_assumes = 'no' or b.state = 'certain' then 'fail'
        when j.ecs_assumes = 'unknown' or b.state is not null or j.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when j.role_arn is null then 'The role was not collected.'
        when j.ecs_assumes = 'no' then 'The trust does not let ECS itself assume the role.'
        when b.state = 'certain' then concat(b.evidence, '.')
        when j.ecs_assumes = 'unknown'
            then 'Whether ECS may assume the role hangs on what only the request knows.'
        when b.state is not null
            then concat(b.evidence, ', under a condition that only the request decides.')
        when j.fault is not null then concat('Not all of the role could be judged: ', j.fault, '.')
        else 'ECS may assume the role, and no statement takes a whole service.'
    end as reason,
    n.account_id,
    'global' as region,
    b.power as risk,
    b.policy_name,
    b.pattern,
    case
        when j.ecs_assumes = 'no'
            then
                '{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": '
                || '"sts:AssumeRole"}'
    end as snippet
from named as n
left join iam_role_judgements as j on n.account_id = j.account_id and n.role_arn = j.role_arn
left join broad as b on n.account_id = b.account_id and n.role_arn = b.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing names an infrastructure role.' as reason,
    a.account_id,
    a.region,
    null as risk,
    null as policy_name,
    null as pattern,
    null as snippet
from accounts as a
where a.account_id not in (select account_id from named);
