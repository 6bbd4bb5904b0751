/* ---
title: Referenced SSM parameter does not exist
severity: high
confidence: certain
why: >
  A parameter that is gone stops every new task at its start.
fix: >
  Create the parameter or correct valueFrom.
effort: small
snippets:
  cli: |
    aws ssm put-parameter --name NAME --type SecureString --value file://FILE
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
--- */
with named as (
    select
        s.task_definition_arn,
        s.part,
        s.account_id,
        s.region,
        s.reference_name,
        s.reference_account,
        s.reference_region,
        s.reference_by_arn,
        max(p.name) filter (where p.region = s.reference_region) as found,
        max(p.name) as found_anywhere
    from container_secrets as s
    left join ssm_parameters as p
        on
            s.account_id = p.account_id
            and ltrim(split_part(s.reference_name, ':', 1), '/') = ltrim(p.name, '/')
    where s.reference_service = 'ssm'
    group by
        s.task_definition_arn, s.part, s.account_id, s.region, s.reference_name,
        s.reference_account, s.reference_region, s.reference_by_arn
),

scopes as (
    select distinct
        account_id,
        region
    from snapshot_scopes
),

unread as (
    select distinct
        account_id,
        region
    from collection_gaps
    where call = 'ssm:DescribeParameters'
)

select
    named.task_definition_arn as resource,
    named.part,
    case
        when ltrim(named.reference_name, '/') like 'aws/%' then 'skip'
        when named.reference_account <> named.account_id or scopes.region is null then 'unknown'
        when named.found is not null then 'pass'
        when unread.region is not null then 'unknown'
        when not named.reference_by_arn and named.found_anywhere is not null then 'skip'
        else 'fail'
    end as status,
    case
        when ltrim(named.reference_name, '/') like 'aws/%' then 'A public parameter.'
        when named.reference_account <> named.account_id or scopes.region is null
            then 'The parameter lives in an account or region that was not collected.'
        when named.found is not null then 'The parameter exists.'
        when unread.region is not null
            then concat('The parameters of ', named.reference_region, ' could not be listed.')
        when not named.reference_by_arn and named.found_anywhere is not null
            then 'It lives in another region (SEC019).'
        else
            concat(
                'No parameter ', named.reference_name, ' exists in ', named.reference_region, '.'
            )
    end as reason,
    named.reference_name as parameter
from named
left join scopes
    on named.account_id = scopes.account_id and named.reference_region = scopes.region
left join unread
    on named.account_id = unread.account_id and named.reference_region = unread.region
union all
select
    s.task_definition_arn as resource,
    s.part,
    case s.value_kind when 'no_name' then 'fail' else 'skip' end as status,
    case s.value_kind
        when 'no_name'
            then 'valueFrom is neither an ARN nor the name of a parameter; its text is withheld.'
        else 'valueFrom is a credential (SEC001).'
    end as reason,
    null as parameter
from container_secrets as s
where s.value_kind is not null
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'The definition injects no parameter.' as reason,
    null as parameter
from task_definitions as d
where
    d.task_definition_arn not in (select task_definition_arn from named)
    and d.task_definition_arn not in (
        select task_definition_arn from container_secrets
        where value_kind is not null
    );
