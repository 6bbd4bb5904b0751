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
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
--- */
with named as (
    select
        account_id, region, task_definition_arn as resource, part, name, value_class,
        value_kind, value_confidence, 'label' as place
    from container_labels
    union all
    select
        account_id, region, resource_arn as resource, part, name, value_class,
        value_kind, value_confidence, 'tag' as place
    from tags
    where resource_type in ('task-definition', 'service', 'task', 'cluster', 'container-instance')
)

select
    resource,
    part,
    case
        when value_class = 'secret' and value_confidence = 'high' then 'fail'
        when value_class = 'unclassified' then 'unknown'
        else 'pass'
    end as status,
    case
        when value_class = 'secret' and value_confidence = 'high'
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
    value_class
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
    null as value_class
from task_definitions as d
where d.task_definition_arn not in (select resource from named);
