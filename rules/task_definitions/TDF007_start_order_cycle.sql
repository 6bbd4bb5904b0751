/* ---
title: Start-order cycle
severity: high
confidence: certain
why: >
  Each container of the cycle waits for another of it, so none starts; registering such a
  definition is refused, and a file that holds it breaks the deployment.
fix: >
  Remove one dependsOn, link or volumesFrom of the cycle.
effort: small
yields_to: [TDF008]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
with recursive waits as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        target
    from container_dependencies
    union
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        target
    from container_links
    union
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        source_container
    from container_volumes_from
),

reached as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        target
    from waits
    union
    select
        r.account_id,
        r.region,
        r.task_definition_arn,
        r.container_name,
        w.target
    from reached as r
    inner join waits as w
        on
            r.account_id = w.account_id and r.region = w.region
            and r.task_definition_arn = w.task_definition_arn
            and r.target = w.container_name
),

cycles as (
    select
        account_id,
        region,
        task_definition_arn,
        string_agg(container_name, ', ' order by container_name) as containers
    from reached
    where container_name = target
    group by account_id, region, task_definition_arn
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when cycles.containers is not null then 'fail'
        when waits.task_definition_arn is null then 'skip'
        else 'pass'
    end as status,
    case
        when cycles.containers is not null
            then concat('These wait for each other: ', cycles.containers, '.')
        when waits.task_definition_arn is null then 'No container waits for another.'
        else 'The order can be resolved.'
    end as reason,
    cycles.containers
from task_definitions as d
left join cycles
    on
        d.account_id = cycles.account_id and d.region = cycles.region
        and d.task_definition_arn = cycles.task_definition_arn
left join (
    select distinct
        account_id,
        region,
        task_definition_arn
    from waits
) as waits
    on
        d.account_id = waits.account_id and d.region = waits.region
        and d.task_definition_arn = waits.task_definition_arn
