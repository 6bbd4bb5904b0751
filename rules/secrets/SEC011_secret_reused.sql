/* ---
title: Same literal secret reused by several families
severity: medium
confidence: likely
why: >
  One leak opens every workload that shares the credential, and rotating it stops them all at
  once.
fix: >
  Issue one credential for each workload.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
--- */
with used as (
    select
        e.account_id,
        e.region,
        e.task_definition_arn,
        e.part,
        e.name,
        e.fingerprint,
        d.family,
        e.value_class,
        -- web, web-worker and web-migrate under one role are one workload
        case
            when d.task_role_arn is null then d.family
            else concat(d.task_role_arn, ' ', regexp_replace(d.family, '[-_][^-_]+$', ''))
        end as workload
    from container_environment as e
    inner join task_definitions as d
        on
            e.account_id = d.account_id and e.region = d.region
            and e.task_definition_arn = d.task_definition_arn
    where e.value_class = 'unclassified' or e.value_confidence in ('high', 'medium')
),

shared as (
    select
        u.fingerprint,
        count(distinct u.workload) as workloads,
        count(distinct u.family) as families,
        count(distinct d.cluster_arn) as clusters,
        count(distinct u.account_id) as accounts
    from used as u
    left join deployments as d
        on
            u.account_id = d.account_id and u.region = d.region
            and u.task_definition_arn = d.task_definition_arn
    where u.fingerprint is not null
    group by u.fingerprint
)

select
    used.task_definition_arn as resource,
    used.part,
    case
        when shared.workloads > 1 or shared.clusters > 1 or shared.accounts > 1 then 'fail'
        when used.value_class = 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case
        when shared.workloads > 1 or shared.clusters > 1 or shared.accounts > 1
            then concat(
                used.name, ' is the same secret across families: ', shared.families,
                ', clusters: ', shared.clusters, ', accounts: ', shared.accounts, '.'
            )
        when used.value_class = 'unclassified'
            then concat(used.name, ' could not be classified.')
        else 'The secret is used by one workload.'
    end as reason,
    used.account_id,
    used.region,
    used.name as variable,
    shared.families,
    shared.clusters,
    shared.accounts,
    used.fingerprint,
    used.value_class
from used
left join shared on used.fingerprint = shared.fingerprint
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No literal secret.' as reason,
    d.account_id,
    d.region,
    null as variable,
    null as families,
    null as clusters,
    null as accounts,
    null as fingerprint,
    null as value_class
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from used);
