/* ---
title: Image does not come from our own registry
severity: high
confidence: certain
why: >
  Acme scans and signs what lies in its ECR registries. An image from elsewhere has passed
  neither step.
fix: >
  Mirror the image into an ECR repository and name it there in a new revision.
refs: [https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html]
--- */
select
    task_definition_arn as resource,
    part,
    case
        when image is null then 'unknown'
        when image like '%.dkr.ecr.%' then 'pass'
        else 'fail'
    end as status,
    case
        when image is null then 'The definition names no image.'
        when image like '%.dkr.ecr.%' then concat(image, ' lies in ECR.')
        else concat(image, ' does not lie in ECR.')
    end as reason,
    image
from containers;
