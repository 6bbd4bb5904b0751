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
with awaited as (
    select distinct account_id, region, task_definition_arn, target
    from container_dependencies
    where condition in ('COMPLETE', 'SUCCESS')
),

judged as (
    select c.account_id, c.region, c.task_definition_arn, c.container_name, c.position,
        case
            when d.is_windows or c.user_name is null then 'skip'
            when not regexp_full_match(lower(c.user_name), '(root|0+)(:.*)?') then 'pass'
            when d.network_mode = 'host' and c.privileged is distinct from true then 'skip'
            when c.firelens_type is not null or a.agent is not null then 'skip'
            when w.target is not null and not c.essential then 'skip'
            else 'fail'
        end as status
    from containers as c
    join task_definitions as d
        on
            c.account_id = d.account_id and c.region = d.region
            and c.task_definition_arn = d.task_definition_arn
    left join awaited as w
        on
            c.account_id = w.account_id and c.region = w.region
            and c.task_definition_arn = w.task_definition_arn
            and c.container_name = w.target
    left join container_host_agents as a
        on
            c.account_id = a.account_id and c.region = a.region
            and c.task_definition_arn = a.task_definition_arn
            and c.part = a.part
)

select
    task_definition_arn as resource,
    null::varchar as part,
    case
        when bool_or(status = 'fail') then 'fail'
        when bool_or(status = 'pass') then 'pass'
        else 'skip'
    end as status,
    case
        when bool_or(status = 'fail')
            then concat('Set to run as root: ', string_agg(container_name, ', ' order by position)
                filter (where status = 'fail'), '.')
        else 'No judged container is set to run as root.'
    end as reason,
    string_agg(container_name, ', ' order by position) filter (where status = 'fail') as containers
from judged
group by account_id, region, task_definition_arn
