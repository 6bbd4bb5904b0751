/* ---
title: Image without tag or with latest
severity: medium
confidence: certain
why: >
  The image that runs tomorrow is not the one that was reviewed; a rollback may bring another
  one.
fix: >
  Name the image by digest, or by a tag that is never reused.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when c.image is null or not c.essential then 'skip'
        when not c.image_moves then 'pass'
        when
            c.image_registry = 'public.ecr.aws'
            and regexp_matches(c.image_repository, '^(aws|amazon)')
            then 'skip'
        when c.image_registry = 'docker.io' and starts_with(c.image_repository, 'amazon')
            then 'skip'
        when a.agent is not null then 'skip'
        else 'fail'
    end as status,
    case
        when c.image is null or not c.essential then 'Not an essential container.'
        when not c.image_moves then 'The image has a digest or a tag of its own.'
        else concat('Image ', c.image, ' has a tag that moves.')
    end as reason,
    c.image,
    c.image_tag
from containers as c
left join container_host_agents as a
    on
        c.account_id = a.account_id and c.region = a.region
        and c.task_definition_arn = a.task_definition_arn
        and c.part = a.part
