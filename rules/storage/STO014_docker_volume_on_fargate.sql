/* ---
title: Docker volume on Fargate
severity: high
confidence: certain
why: >
  Fargate takes no Docker volumes: the task cannot be started.
fix: >
  Use EFS, EBS or an ephemeral bind mount without a source path.
effort: small
snippets:
  cloudformation: |
    Volumes:
      - Name: VOLUME
optional: [services, service_capacity_providers, capacity_providers, deployments, task_sets]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/docker-volumes.html
--- */
with named as (
    select distinct
        account_id,
        region,
        task_definition_arn
    from service_placements
    where places_on = 'FARGATE'
),

unread as (
    select distinct
        account_id,
        region
    from collection_gaps
    where regexp_matches(concat(',', tables_read, ','), ',(services|capacity_providers),')
)

select
    v.task_definition_arn as resource,
    v.part,
    case
        when d.requires_fargate or named.task_definition_arn is not null then 'fail'
        when unread.region is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when d.requires_fargate then 'A Docker volume in a definition for Fargate.'
        when named.task_definition_arn is not null then 'A Fargate service names the definition.'
        when unread.region is not null then 'Which services name it could not be read.'
        else 'The definition is not for Fargate.'
    end as reason,
    v.docker_driver
from volumes as v
inner join task_definitions as d
    on
        v.account_id = d.account_id and v.region = d.region
        and v.task_definition_arn = d.task_definition_arn
left join named
    on
        v.account_id = named.account_id and v.region = named.region
        and v.task_definition_arn = named.task_definition_arn
left join unread on v.account_id = unread.account_id and v.region = unread.region
where v.kind = 'docker'
union all
select
    task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No Docker volume.' as reason,
    null as docker_driver
from task_definitions
where task_definition_arn not in (
    select task_definition_arn from volumes
    where kind = 'docker'
)
