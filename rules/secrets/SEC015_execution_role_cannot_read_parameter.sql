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
with checked as (
    select
        account_id,
        region,
        task_definition_arn,
        part,
        min(role_name) as role,
        bool_or(verdict = 'denied') as is_denied,
        bool_or(verdict = 'unknown') as is_open,
        arg_min(reason, concat(verdict <> 'denied', verdict <> 'unknown', action)) as reason,
        arg_min(action, concat(verdict <> 'denied', verdict <> 'unknown', action)) as action,
        arg_min(needed_resource, concat(verdict <> 'denied', verdict <> 'unknown', action))
            as needed_resource,
        arg_min(fix, concat(verdict <> 'denied', verdict <> 'unknown', action)) as change,
        arg_min(snippet, concat(verdict <> 'denied', verdict <> 'unknown', action)) as snippet
    from iam_checks
    where purpose = 'parameter'
    group by account_id, region, task_definition_arn, part
)

select
    s.task_definition_arn as resource,
    s.part,
    case
        when c.reason is null then 'skip'
        when c.is_denied then 'fail'
        when c.is_open then 'unknown'
        else 'pass'
    end as status,
    case
        when c.reason is null then 'No collected execution role to judge (SEC013, IAM011).'
        else concat(c.reason, '.')
    end as reason,
    c.role,
    c.action,
    c.needed_resource,
    c.change,
    c.snippet
from container_secrets as s
left join checked as c
    on
        s.account_id = c.account_id and s.region = c.region
        and s.task_definition_arn = c.task_definition_arn and s.part = c.part
where s.reference_service = 'ssm' and s.place <> 'registry-credentials'
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
    where reference_service = 'ssm' and place <> 'registry-credentials'
);
