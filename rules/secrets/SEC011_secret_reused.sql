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
with families as (
    select distinct
        account_id,
        task_role_arn,
        family,
        concat(replace(family, '_', '-'), '-') as words
    from task_definitions
    where task_role_arn is not null
),

-- web, web-worker and web-migrate under one role are one workload
heads as (
    select
        f.account_id,
        f.task_role_arn,
        f.family,
        min(o.family) as head
    from families as f
    inner join families as o
        on
            f.account_id = o.account_id and f.task_role_arn = o.task_role_arn
            and starts_with(f.words, o.words)
    group by f.account_id, f.task_role_arn, f.family
),

used as (
    select
        e.account_id,
        e.region,
        e.task_definition_arn,
        e.part,
        e.name,
        e.fingerprint,
        d.family,
        e.value_class,
        case
            when h.head is null then d.family
            else concat(d.task_role_arn, ' ', regexp_replace(h.head, '[-_][^-_]+$', ''))
        end as workload
    from container_environment as e
    inner join task_definitions as d
        on
            e.account_id = d.account_id and e.region = d.region
            and e.task_definition_arn = d.task_definition_arn
    left join heads as h
        on
            d.account_id = h.account_id and d.task_role_arn = h.task_role_arn
            and d.family = h.family
    where e.value_class = 'unclassified' or e.value_confidence in ('high', 'medium')
),

shared as (
    select
        u.fingerprint,
        count(distinct u.family) as families,
        count(distinct d.cluster_arn) as clusters,
        count(distinct u.account_id) as accounts,
        (count(distinct u.workload) > 1 and families > 1)
        or clusters > 1 or accounts > 1 as is_shared
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
        when shared.is_shared then 'fail'
        when used.value_class = 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case
        when shared.is_shared
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
