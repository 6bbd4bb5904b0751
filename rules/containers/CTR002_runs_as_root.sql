/* ---
title: Linux container is set to run as root
severity: medium
confidence: certain
why: >
  A process that runs as root turns every flaw of the kernel or the runtime into a way out of
  the container.
fix: >
  Set user to a numeric id other than 0, and let the image own its files accordingly.
effort: medium
controls: {aws-fsbp: [ECS.20]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when d.is_windows or c.user_name is null then 'skip'
        when regexp_full_match(lower(c.user_name), '(root|0+)(:.*)?') then 'fail'
        else 'pass'
    end as status,
    case
        when d.is_windows or c.user_name is null then 'Does not apply here.'
        when regexp_full_match(lower(c.user_name), '(root|0+)(:.*)?') then concat('The container runs as ', c.user_name, '.')
        else 'The definition does not say root.'
    end as reason,
    c.user_name
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn;
