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
    select e.account_id, e.region, e.task_definition_arn, e.part, e.name, e.fingerprint, d.family
    from container_environment as e
    join task_definitions as d
        on
            e.account_id = d.account_id and e.region = d.region
            and e.task_definition_arn = d.task_definition_arn
    where e.value_class = 'secret' and e.value_confidence in ('high', 'medium')
),

shared as (
    select fingerprint, count(distinct family) as families
    from used
    group by fingerprint
)

select
    used.task_definition_arn as resource,
    used.part,
    case when shared.families > 1 then 'fail' else 'pass' end as status,
    case
        when shared.families > 1
            then concat(used.name, ' is the same secret in ', shared.families, ' families.')
        else 'The secret is used by one family.'
    end as reason,
    used.name as variable,
    shared.families,
    used.fingerprint
from used
join shared on used.fingerprint = shared.fingerprint
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No literal secret.' as reason,
    null as variable,
    null as families,
    null as fingerprint
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from used);
