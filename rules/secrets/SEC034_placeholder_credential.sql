/* ---
title: Placeholder credential in a live definition
severity: low
confidence: likely
why: >
  A placeholder that reached production is either a password anyone guesses or a deployment
  that does not work.
fix: >
  Replace it by a secret, or remove the variable.
effort: small
optional: [tasks]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
--- */
with tagged as (
    select
        account_id,
        region,
        resource_arn
    from tags
    where
        regexp_full_match(
            lower(concat(name, ' ', value)),
            '(sample|test) .*|.* (sample|example|demo|test|testing|sandbox)'
        )
),

running as (
    select
        account_id,
        region,
        task_definition_arn,
        cluster_arn
    from deployments
    union
    select
        account_id,
        region,
        task_definition_arn,
        cluster_arn
    from tasks
),

samples as (
    select
        account_id,
        region,
        resource_arn
    from tagged
    union
    select
        r.account_id,
        r.region,
        r.task_definition_arn as resource_arn
    from running as r
    left join tagged as t
        on
            r.account_id = t.account_id and r.region = t.region
            and r.cluster_arn = t.resource_arn
    group by r.account_id, r.region, r.task_definition_arn
    having bool_and(t.resource_arn is not null)
),

subjects as (
    select
        c.account_id,
        c.region,
        c.task_definition_arn,
        c.container_name,
        c.part,
        d.in_use and s.resource_arn is null as is_live
    from containers as c
    inner join task_definitions as d
        on
            c.account_id = d.account_id and c.region = d.region
            and c.task_definition_arn = d.task_definition_arn
    left join samples as s
        on
            c.account_id = s.account_id and c.region = s.region
            and c.task_definition_arn = s.resource_arn
),

found as (
    select
        account_id,
        region,
        task_definition_arn,
        container_name,
        part,
        name,
        value_class
    from container_environment
    where
        value_class = 'unclassified'
        -- a filler stands under a name that announces no secret
        or (value_class = 'placeholder' and coalesce(value_kind, '') <> 'filler')
)

select
    subjects.task_definition_arn as resource,
    coalesce(found.part, subjects.part) as part,
    case
        when not subjects.is_live then 'skip'
        when found.part is null then 'pass'
        when found.value_class = 'unclassified' then 'unknown'
        else 'fail'
    end as status,
    case
        when not subjects.is_live then 'Nothing runs the revision, or it is tagged as a sample.'
        when found.part is null then 'No variable holds a placeholder.'
        when found.value_class = 'unclassified'
            then concat(found.name, ' could not be classified.')
        else concat(found.name, ' holds a placeholder instead of a value.')
    end as reason,
    found.name as variable,
    found.value_class
from subjects
left join found
    on
        subjects.account_id = found.account_id
        and subjects.region = found.region
        and subjects.task_definition_arn = found.task_definition_arn
        and subjects.container_name = found.container_name;
