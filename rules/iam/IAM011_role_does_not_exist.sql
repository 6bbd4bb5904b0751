/* ---
title: Referenced role does not exist or is not of this account
severity: high
confidence: certain
why: >
  A task cannot start with a role that is gone, and iam:PassRole does not cross accounts.
fix: >
  Create the role or correct the ARN, and register a new revision.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with named as (
    select
        account_id,
        region,
        task_definition_arn as resource,
        null::varchar as identity,
        task_role_arn as role_arn,
        'task role' as purpose
    from task_definitions
    union all
    select
        account_id,
        region,
        task_definition_arn,
        null,
        execution_role_arn,
        'execution role'
    from task_definitions
    union all
    select
        t.account_id,
        t.region,
        t.task_arn,
        coalesce(s.service_arn, t.cluster_arn),
        unnest([t.override_task_role_arn, t.override_execution_role_arn]),
        'role of an override'
    from tasks as t
    left join services as s
        on
            t.account_id = s.account_id and t.region = s.region
            and t.cluster_arn = s.cluster_arn and t.service_name = s.service_name
    where t.override_task_role_arn is not null or t.override_execution_role_arn is not null
    union all
    select
        account_id,
        region,
        service_arn,
        null,
        role_arn,
        'service role'
    from services
    where role_arn is not null
    union all
    select
        account_id,
        region,
        service_arn,
        null,
        role_arn,
        concat('role for ', purpose)
    from service_infrastructure_roles
    union all
    select
        account_id,
        region,
        capacity_provider_arn,
        null,
        infrastructure_role_arn,
        'infrastructure role'
    from capacity_providers
    where infrastructure_role_arn is not null
),

judged as (
    select
        n.resource,
        n.account_id,
        n.region,
        n.identity,
        count(n.role_arn) as named,
        count(n.role_arn) filter (where r.role_arn is null) as missing,
        arg_min(n.role_arn, n.purpose) filter (where r.role_arn is null) as role_arn,
        min(n.purpose) filter (where r.role_arn is null) as purpose
    from named as n
    left join iam_roles as r
        on
            n.account_id = r.account_id
            and regexp_extract(n.role_arn, '[^/]+$') = r.role_name
            and (
                not starts_with(n.role_arn, 'arn:')
                or split_part(n.role_arn, ':', 5) = r.account_id
            )
    group by n.resource, n.account_id, n.region, n.identity
)

select
    resource,
    null::varchar as part,
    case when named = 0 then 'skip' when missing > 0 then 'fail' else 'pass' end as status,
    case
        when named = 0 then 'No role is named.'
        when
            missing > 0 and starts_with(role_arn, 'arn:')
            and split_part(role_arn, ':', 5) <> account_id
            then concat('The ', purpose, ' ', role_arn, ' is of another account.')
        when missing > 0 then concat('The ', purpose, ' ', role_arn, ' is not in the account.')
        else 'Every named role exists.'
    end as reason,
    account_id,
    region,
    identity,
    role_arn as role,
    purpose
from judged;
