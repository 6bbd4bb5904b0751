/* ---
title: Referenced secret is missing or scheduled for deletion
severity: high
confidence: certain
why: >
  A secret that is gone or about to be deleted stops every new task at its start, usually in
  the middle of an incident.
fix: >
  Correct valueFrom or restore the secret.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
--- */
select
    s.task_definition_arn as resource,
    s.part,
    case
        when s.reference_account <> s.account_id or s.reference_region <> s.region then 'unknown'
        when max(k.secret_arn) is null then 'fail'
        when max(k.deleted_at) is not null then 'fail'
        else 'pass'
    end as status,
    case
        when s.reference_account <> s.account_id or s.reference_region <> s.region
            then 'The secret lives in an account or region that this scope does not read.'
        when max(k.secret_arn) is null then concat('No secret ', s.reference_name, ' exists.')
        when max(k.deleted_at) is not null
            then concat('Secret ', s.reference_name, ' is scheduled for deletion.')
        else 'The secret exists.'
    end as reason,
    s.reference_name as secret,
    max(k.deleted_at) as deleted_at
from container_secrets as s
left join secrets as k
    on
        s.account_id = k.account_id and s.region = k.region
        and (
            s.reference_resource = k.secret_arn
            or s.reference_resource = left(k.secret_arn, length(k.secret_arn) - 7)
        )
where s.reference_service = 'secretsmanager' and s.place <> 'registry-credentials'
group by
    s.task_definition_arn, s.part, s.account_id, s.region, s.reference_account,
    s.reference_region, s.reference_name
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'The definition injects no Secrets Manager secret.' as reason,
    null as secret,
    null as deleted_at
from task_definitions as d
where d.task_definition_arn not in (
    select task_definition_arn from container_secrets
    where reference_service = 'secretsmanager' and place <> 'registry-credentials'
);
