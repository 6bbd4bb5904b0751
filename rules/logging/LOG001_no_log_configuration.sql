/* ---
title: Container has no log configuration
severity: high
confidence: certain
why: >
  What happened in the container is gone with it: no incident can be followed.
fix: >
  Add a logConfiguration.
effort: small
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        LogConfiguration:
          LogDriver: awslogs
          Options:
            awslogs-group: LOG_GROUP
            awslogs-region: REGION
            awslogs-stream-prefix: PREFIX
controls: {aws-fsbp: [ECS.9]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
--- */
select
    task_definition_arn as resource,
    part,
    case
        when log_driver is not null then 'pass'
        when firelens_type is not null then 'skip'
        else 'fail'
    end as status,
    case
        when log_driver is not null then 'A log driver is set.'
        when firelens_type is not null then 'The log router itself (LOG012).'
        else 'No logConfiguration.'
    end as reason,
    log_driver
from containers
