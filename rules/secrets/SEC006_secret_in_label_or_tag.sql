/* ---
title: Secret in a docker label or tag
severity: high
confidence: likely
why: >
  Labels are part of the definition, and tags are read even more widely: by billing, by
  inventories, and by everyone who may call the tagging API.
fix: >
  Remove the label or tag and rotate the credential.
effort: small
snippets:
  cli: |
    aws ecs untag-resource --resource-arn RESOURCE_ARN --tag-keys KEY
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
--- */
with replaced as (
    select
        account_id,
        region,
        container_instance_arn as resource_arn,
        cluster_arn as lasting_arn
    from container_instances
    union all
    select
        t.account_id,
        t.region,
        t.task_arn as resource_arn,
        coalesce(s.service_arn, t.cluster_arn) as lasting_arn
    from tasks as t
    left join services as s
        on
            t.account_id = s.account_id and t.region = s.region
            and t.cluster_arn = s.cluster_arn and t.service_name = s.service_name
),

named as (
    select
        account_id,
        region,
        task_definition_arn as resource,
        part,
        name,
        value_class,
        value_kind,
        value_confidence,
        'label' as place,
        null as lasting_arn
    from container_labels
    union all
    select
        t.account_id,
        t.region,
        t.resource_arn as resource,
        t.part,
        t.name,
        t.value_class,
        t.value_kind,
        t.value_confidence,
        'tag' as place,
        r.lasting_arn
    from tags as t
    left join replaced as r
        on
            t.account_id = r.account_id and t.region = r.region
            and t.resource_arn = r.resource_arn
    where t.resource_type in ('task-definition', 'service', 'task', 'cluster', 'container-instance')
)

select
    resource,
    part,
    case
        when value_confidence = 'high' then 'fail'
        when value_class = 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case
        when value_confidence = 'high'
            then concat('The ', place, ' ', name, ' holds a secret (', value_kind, ').')
        when value_class = 'unclassified'
            then concat('The ', place, ' ', name, ' could not be classified.')
        else concat('The ', place, ' holds no secret.')
    end as reason,
    account_id,
    region,
    place,
    name,
    value_kind,
    value_class,
    lasting_arn as identity
from named
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'Neither labels nor tags.' as reason,
    d.account_id,
    d.region,
    null as place,
    null as name,
    null as value_kind,
    null as value_class,
    null as identity
from task_definitions as d
where d.task_definition_arn not in (select resource from named);
