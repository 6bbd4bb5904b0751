/* ---
title: Secret in the run-time overrides of a task
severity: high
confidence: likely
why: >
  Overrides are shown to everyone who may call ecs:DescribeTasks, and stand in the logs of
  whatever started the task. A literal that carries the name of an injected secret replaces it.
fix: >
  Let the caller pass a reference, or leave the variable to the secrets of the definition.
effort: small
optional: [task_definitions, container_environment, container_commands, container_secrets]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
--- */
with defined as (
    select
        account_id,
        region,
        task_definition_arn,
        fingerprint
    from container_environment
    where value_class = 'secret'
    union
    select
        account_id,
        region,
        task_definition_arn,
        fingerprint
    from container_commands
    where value_class = 'secret'
),

judged as (
    select
        o.account_id,
        o.region,
        o.task_arn,
        o.part,
        o.place,
        o.name,
        o.value_class,
        o.value_kind,
        o.container_name,
        coalesce(r.service_arn, o.cluster_arn) as lasting_arn,
        o.value_confidence in ('high', 'medium') and d.fingerprint is null as is_secret,
        o.value_class not in ('reference', 'unclassified') and s.name is not null as is_shadow,
        o.value_class <> 'reference' and f.task_definition_arn is null as may_shadow
    from task_overrides as o
    left join task_definitions as f
        on
            o.account_id = f.account_id and o.region = f.region
            and o.task_definition_arn = f.task_definition_arn
    left join defined as d
        on
            o.account_id = d.account_id and o.region = d.region
            and o.task_definition_arn = d.task_definition_arn
            and o.fingerprint = d.fingerprint
    left join container_secrets as s
        on
            o.account_id = s.account_id and o.region = s.region
            and o.task_definition_arn = s.task_definition_arn
            and o.container_name = s.container_name
            and o.name = s.name and s.place = 'environment'
    inner join tasks as t
        on
            o.account_id = t.account_id and o.region = t.region
            and o.task_arn = t.task_arn
    left join services as r
        on
            t.account_id = r.account_id and t.region = r.region
            and t.cluster_arn = r.cluster_arn and t.service_name = r.service_name
)

select
    task_arn as resource,
    part,
    case
        when is_secret or is_shadow then 'fail'
        when value_class = 'unclassified' or may_shadow then 'unknown'
        else 'pass'
    end as status,
    case
        when is_shadow
            then concat('The literal override of ', name, ' replaces the injected secret.')
        when is_secret
            then concat('The ', place, ' override holds a secret (', value_kind, ').')
        when value_class = 'unclassified'
            then concat('The ', place, ' override could not be classified.')
        when may_shadow
            then 'The definition was not read: the override may replace an injected secret.'
        else 'The override holds no new secret.'
    end as reason,
    account_id,
    region,
    container_name,
    place,
    name as variable,
    value_kind,
    lasting_arn as identity
from judged
union all
select
    t.task_arn as resource,
    null as part,
    'skip' as status,
    'The task overrides neither environment nor command.' as reason,
    t.account_id,
    t.region,
    null as container_name,
    null as place,
    null as variable,
    null as value_kind,
    null as identity
from tasks as t
where t.task_arn not in (select task_arn from task_overrides)
union all
select
    c.cluster_arn as resource,
    null as part,
    'skip' as status,
    'The cluster runs no task.' as reason,
    c.account_id,
    c.region,
    null as container_name,
    null as place,
    null as variable,
    null as value_kind,
    null as identity
from clusters as c
where c.cluster_arn not in (select cluster_arn from tasks);
