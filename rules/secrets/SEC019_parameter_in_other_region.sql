/* ---
title: SSM parameter named without ARN lives in another region
severity: high
confidence: certain
why: >
  A bare parameter name is looked up in the task's own region alone; the task cannot start.
fix: >
  Write the full ARN of the parameter in its region, or create it in the task's region.
effort: small
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        Secrets:
          - Name: VARIABLE
            ValueFrom: arn:aws:ssm:REGION:ACCOUNT_ID:parameter/NAME
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
--- */
with here as (
    select
        s.task_definition_arn,
        s.part,
        s.account_id,
        s.region,
        s.value_from,
        count(p.name) filter (where p.region = s.region) as local_count,
        count(p.name) filter (where p.region <> s.region) as other_count,
        min(case when p.region <> s.region then p.region end) as other_region
    from container_secrets as s
    left join ssm_parameters as p
        on
            s.account_id = p.account_id
            and ltrim(split_part(s.value_from, ':', 1), '/') = ltrim(p.name, '/')
    where s.reference_service = 'ssm' and not s.reference_by_arn
    group by s.task_definition_arn, s.part, s.account_id, s.region, s.value_from
)

select
    task_definition_arn as resource,
    part,
    case when local_count = 0 and other_count > 0 then 'fail' else 'pass' end as status,
    case
        when local_count = 0 and other_count > 0
            then concat(value_from, ' is not in ', region, ' but in ', other_region, '.')
        when local_count = 0 then concat(value_from, ' is in no collected region (SEC018).')
        else concat(value_from, ' is in the task region.')
    end as reason,
    other_region
from here
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No parameter is named without its ARN.' as reason,
    null as other_region
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from here);
