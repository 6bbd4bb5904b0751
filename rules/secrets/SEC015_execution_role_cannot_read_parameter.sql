/* ---
title: Execution role may not read the referenced SSM parameter
severity: high
confidence: certain
why: >
  The agent asks ssm:GetParameters (plural) with the execution role before the container
  starts; without the grant no task starts again.
fix: >
  Grant ssm:GetParameters on that parameter's ARN to the execution role, and nothing wider.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
--- */
with checked as (
    select account_id, region, task_definition_arn, part, role_name, action, needed_resource,
        verdict, reason
    from iam_checks
    where purpose = 'parameter'
)

select
    s.task_definition_arn as resource,
    s.part,
    case
        when checked.verdict = 'denied' then 'fail'
        when checked.verdict = 'allowed' then 'pass'
        when checked.verdict is null then 'skip'
        else 'unknown'
    end as status,
    coalesce(
        concat(checked.reason, '.'), 'No collected execution role to judge (SEC013, IAM011).'
    ) as reason,
    checked.role_name as role,
    checked.action,
    checked.needed_resource
from container_secrets as s
left join checked
    on
        s.account_id = checked.account_id and s.region = checked.region
        and s.task_definition_arn = checked.task_definition_arn and s.part = checked.part
where s.reference_service = 'ssm' and s.place <> 'registry-credentials'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'The definition injects no parameter.' as reason,
    null as role,
    null as action,
    null as needed_resource
from task_definitions as d
where d.task_definition_arn not in (
    select task_definition_arn from container_secrets
    where reference_service = 'ssm' and place <> 'registry-credentials'
);
