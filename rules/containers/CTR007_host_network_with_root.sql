/* ---
title: Host network with root
severity: high
confidence: likely
why: >
  A root process on the host's network reaches the agent's endpoints, loopback services and
  the instance role.
fix: >
  Use awsvpc, or set a user other than root.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
select
    c.task_definition_arn as resource,
    c.part,
    case
        when coalesce(d.network_mode, '') <> 'host' or d.is_windows or coalesce(c.privileged, false) then 'skip'
        when c.user_name is null or regexp_full_match(lower(c.user_name), '(root|0+)(:.*)?') then 'fail'
        else 'pass'
    end as status,
    case
        when coalesce(d.network_mode, '') <> 'host' or d.is_windows or coalesce(c.privileged, false) then 'Does not apply here.'
        when c.user_name is null or regexp_full_match(lower(c.user_name), '(root|0+)(:.*)?') then concat('Host network mode, user ', coalesce(c.user_name, 'left to the image'), '.')
        else 'The container does not run as root.'
    end as reason,
    d.network_mode, c.user_name
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn;
