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
snippets:
  iam: |
    {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "PARAMETER_ARN"}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
--- */
select
    s.task_definition_arn as resource,
    s.part,
    coalesce(c.status, 'skip') as status,
    coalesce(c.reason, 'No collected execution role to judge (SEC013, IAM011).') as reason,
    c.role,
    c.action,
    c.needed_resource,
    c.change,
    c.snippet
from container_secrets as s
left join iam_worst_checks as c
    on
        s.account_id = c.account_id and s.region = c.region
        and s.task_definition_arn = c.task_definition_arn and s.part = c.part
        and c.purpose = 'parameter'
where s.reference_service = 'ssm'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'The definition injects no parameter.' as reason,
    null as role,
    null as action,
    null as needed_resource,
    null as change,
    null as snippet
from task_definitions as d
where d.task_definition_arn not in (
    select task_definition_arn from container_secrets
    where reference_service = 'ssm'
);
