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
    task_definition_arn as resource,
    part,
    case
        when image is null or not essential then 'skip'
        when image_moves then 'fail'
        else 'pass'
    end as status,
    case
        when image is null or not essential then 'Not an essential container.'
        when image_moves then concat('Image ', image, ' has a tag that moves.')
        else 'The image has a digest or a tag of its own.'
    end as reason,
    image,
    image_tag
from containers;
