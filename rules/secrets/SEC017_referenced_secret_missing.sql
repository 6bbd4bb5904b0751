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
snippets:
  cli: |
    aws secretsmanager restore-secret --secret-id SECRET_ARN
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
--- */
with wanted as (
    select
        s.account_id,
        s.region,
        s.task_definition_arn,
        s.part,
        s.reference_name,
        s.reference_resource,
        s.reference_region,
        s.reference_version_stage,
        s.reference_version_id,
        s.reference_account <> s.account_id
        or s.reference_region not in (
            select p.region from snapshot_scopes as p
            where p.account_id = s.account_id
        ) as is_elsewhere,
        s.reference_region in (
            select g.region from collection_gaps as g
            where
                g.account_id = s.account_id and g.call = 'secretsmanager:ListSecrets'
        ) as is_unread
    from container_secrets as s
    where s.reference_service = 'secretsmanager' and s.place <> 'registry-credentials'
),

found as (
    select
        w.account_id,
        w.task_definition_arn,
        w.part,
        max(k.secret_arn) as secret_arn,
        max(k.deleted_at) as deleted_at,
        count(v.secret_arn) as versions,
        coalesce(bool_or(v.version_id = w.reference_version_id), false) as has_id,
        coalesce(bool_or(v.stage = w.reference_version_stage), false) as has_stage
    from wanted as w
    inner join secrets as k
        on
            w.account_id = k.account_id
            and (
                w.reference_resource = k.secret_arn
                or w.reference_resource = left(k.secret_arn, length(k.secret_arn) - 7)
            )
    left join secret_versions as v
        on k.account_id = v.account_id and k.region = v.region and k.secret_arn = v.secret_arn
    group by w.account_id, w.task_definition_arn, w.part
)

select
    w.task_definition_arn as resource,
    w.part,
    case
        when w.is_elsewhere then 'unknown'
        when f.secret_arn is null and w.is_unread then 'unknown'
        when f.secret_arn is null or f.deleted_at is not null then 'fail'
        when f.versions > 0 and w.reference_version_id is not null and not f.has_id then 'fail'
        when
            f.versions > 0 and w.reference_version_stage is not null and not f.has_stage
            then 'fail'
        when
            f.versions = 0
            and (w.reference_version_id is not null or w.reference_version_stage <> 'AWSCURRENT')
            then 'unknown'
        else 'pass'
    end as status,
    case
        when w.is_elsewhere
            then 'The secret lives in an account or region that this scope does not read.'
        when f.secret_arn is null and w.is_unread
            then concat('The secrets of ', w.reference_region, ' could not be listed.')
        when f.secret_arn is null then concat('No secret ', w.reference_name, ' exists.')
        when f.deleted_at is not null
            then concat('Secret ', w.reference_name, ' is scheduled for deletion.')
        when f.versions > 0 and w.reference_version_id is not null and not f.has_id
            then concat(
                'No version of secret ', w.reference_name, ' has the id ',
                w.reference_version_id, '.'
            )
        when f.versions > 0 and w.reference_version_stage is not null and not f.has_stage
            then concat(
                'No version of secret ', w.reference_name, ' has the stage ',
                w.reference_version_stage, '.'
            )
        when
            f.versions = 0
            and (w.reference_version_id is not null or w.reference_version_stage <> 'AWSCURRENT')
            then concat(
                'AWS lists no version of secret ', w.reference_name,
                ', so the selected one may be missing.'
            )
        else 'The secret exists.'
    end as reason,
    w.reference_name as secret,
    f.deleted_at
from wanted as w
left join found as f
    on
        w.account_id = f.account_id and w.task_definition_arn = f.task_definition_arn
        and w.part = f.part
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'The definition injects no Secrets Manager secret.' as reason,
    null as secret,
    null as deleted_at
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from wanted);
