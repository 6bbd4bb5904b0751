/* ---
title: Private-registry credential unusable
severity: high
confidence: certain
why: >
  The agent logs in to the registry with this secret: the next task does not start.
fix: >
  Name an existing secret, and allow secretsmanager:GetSecretValue on it to the execution role.
effort: small
snippets:
  iam: |
    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "SECRET_ARN"}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
--- */
with named as (
    select
        s.account_id,
        s.region,
        s.task_definition_arn,
        s.part,
        s.value_from,
        s.reference_resource,
        s.reference_account = s.account_id and s.reference_region = s.region as is_here,
        c.image_ecr_account_id is not null as is_ecr
    from container_secrets as s
    inner join containers as c
        on
            s.account_id = c.account_id and s.region = c.region
            and s.task_definition_arn = c.task_definition_arn
            and s.container_name = c.container_name
    where s.place = 'registry-credentials' and s.value_kind is null
),

found as (
    select
        n.task_definition_arn,
        n.part,
        n.account_id,
        n.region,
        max(v.secret_arn) as secret_arn,
        max(v.deleted_at) as deleted_at
    from named as n
    inner join secrets as v
        on
            n.account_id = v.account_id and n.region = v.region
            and (
                n.reference_resource = v.secret_arn
                or n.reference_resource = left(v.secret_arn, length(v.secret_arn) - 7)
            )
    group by n.task_definition_arn, n.part, n.account_id, n.region
)

select
    n.task_definition_arn as resource,
    n.part,
    case
        when n.is_ecr then 'skip'
        when n.is_here and f.secret_arn is null then 'fail'
        when f.deleted_at is not null then 'fail'
        when c.status = 'fail' or n.is_here then coalesce(c.status, 'unknown')
        else 'unknown'
    end as status,
    case
        when n.is_ecr then 'The image lies in ECR, which does not use the field.'
        when n.is_here and f.secret_arn is null then 'The secret does not exist.'
        when f.deleted_at is not null then 'The secret is scheduled for deletion.'
        when c.reason is not null then c.reason
        when not n.is_here then 'The secret lies elsewhere and was not read.'
        else 'No collected execution role to judge.'
    end as reason,
    n.account_id,
    n.region,
    n.value_from as secret,
    c.role,
    c.change,
    c.snippet
from named as n
left join found as f
    on
        n.account_id = f.account_id and n.region = f.region
        and n.task_definition_arn = f.task_definition_arn and n.part = f.part
left join iam_worst_checks as c
    on
        n.account_id = c.account_id and n.region = c.region
        and n.task_definition_arn = c.task_definition_arn and n.part = c.part
        and c.purpose = 'registry'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No credential of a private registry.' as reason,
    d.account_id,
    d.region,
    null as secret,
    null as role,
    null as change,
    null as snippet
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from named);
