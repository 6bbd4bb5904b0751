/* ---
title: Cross-account secret encrypted with the AWS managed key
severity: medium
confidence: certain
why: >
  The AWS managed key cannot be used from another account: the next task does not start.
fix: >
  Encrypt the secret with a customer key and grant the key and the secret to the other account.
effort: medium
refs:
  - https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
--- */
with foreign_ones as (
    select
        s.account_id,
        s.region,
        s.task_definition_arn,
        s.part,
        s.name,
        s.value_from,
        s.reference_account,
        s.reference_region,
        s.reference_resource
    from container_secrets as s
    where s.reference_service = 'secretsmanager' and s.reference_account <> s.account_id
)

select
    f.task_definition_arn as resource,
    f.part,
    case
        when v.secret_arn is null then 'unknown'
        when v.kms_key_id is null or contains(v.kms_key_id, 'alias/aws/') then 'fail'
        else 'pass'
    end as status,
    case
        when v.secret_arn is null
            then concat('The secret lies in account ', f.reference_account, ', which was not read.')
        when v.kms_key_id is null or contains(v.kms_key_id, 'alias/aws/')
            then concat(f.name, ' names a secret of another account under the AWS managed key.')
        else 'The secret of the other account is under a customer key.'
    end as reason,
    f.account_id,
    f.region,
    f.reference_account as secret_account,
    v.kms_key_id
from foreign_ones as f
left join secrets as v
    on
        f.reference_account = v.account_id and f.reference_region = v.region
        and (
            f.reference_resource = v.secret_arn
            or f.reference_resource = left(v.secret_arn, length(v.secret_arn) - 7)
        )
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No secret of another account.' as reason,
    d.account_id,
    d.region,
    null as secret_account,
    null as kms_key_id
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from foreign_ones);
