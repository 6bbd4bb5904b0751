/* ---
title: Root filesystem is writable
severity: low
confidence: certain
why: >
  An attacker can plant tools and change the application while the container runs.
fix: >
  Set readonlyRootFilesystem and mount a volume or tmpfs where the application writes.
effort: medium
controls: {aws-fsbp: [ECS.5]}
optional: [services, deployments, task_sets, tasks, daemons]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
with used as (
    select
        account_id,
        region,
        service_arn,
        task_definition_arn
    from services
    union
    select
        account_id,
        region,
        service_arn,
        task_definition_arn
    from deployments
    union
    select
        account_id,
        region,
        service_arn,
        task_definition_arn
    from task_sets
),

exec as (
    select
        u.account_id,
        u.region,
        u.task_definition_arn
    from used as u
    inner join services as s
        on
            u.account_id = s.account_id and u.region = s.region
            and u.service_arn = s.service_arn
    where s.enable_execute_command
    union
    select
        account_id,
        region,
        task_definition_arn
    from tasks
    where enable_execute_command
    union
    select
        account_id,
        region,
        daemon_task_definition_arn
    from daemons
    where enable_execute_command
),

unread as (
    select distinct
        account_id,
        region
    from collection_gaps
    where regexp_matches(concat(',', tables_read, ','), ',(services|tasks|daemons),')
),

judged as (
    select
        c.account_id,
        c.region,
        c.task_definition_arn,
        c.container_name,
        c.position,
        case
            when d.is_windows then 'skip'
            when c.readonly_root_filesystem then 'pass'
            when c.firelens_type is not null or a.agent is not null then 'skip'
            when exec.task_definition_arn is not null then 'exec'
            when unread.region is not null then 'unknown'
            else 'fail'
        end as status
    from containers as c
    inner join task_definitions as d
        on
            c.account_id = d.account_id and c.region = d.region
            and c.task_definition_arn = d.task_definition_arn
    left join exec
        on
            c.account_id = exec.account_id and c.region = exec.region
            and c.task_definition_arn = exec.task_definition_arn
    left join unread on c.account_id = unread.account_id and c.region = unread.region
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
        when bool_or(status = 'unknown') then 'unknown'
        when bool_or(status = 'pass') then 'pass'
        else 'skip'
    end as status,
    case
        when bool_or(status = 'fail')
            then concat(
                'Writable in ', string_agg(container_name, ', ' order by position)
                filter (where status = 'fail'), '.'
            )
        when bool_or(status = 'unknown') then 'Whether ECS Exec is used could not be read.'
        when bool_or(status = 'exec') then 'ECS Exec needs a writable root filesystem.'
        else 'No judged container has a writable root filesystem.'
    end as reason,
    string_agg(container_name, ', ' order by position) filter (where status = 'fail') as containers
from judged
group by account_id, region, task_definition_arn
