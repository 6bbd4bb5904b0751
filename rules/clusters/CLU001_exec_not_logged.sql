/* ---
title: ECS Exec sessions are not logged
severity: medium
confidence: certain
why: >
  Whoever opens a shell in a container leaves no trace of what was done there.
fix: >
  Set executeCommandConfiguration.logging to DEFAULT or OVERRIDE.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
--- */
with enabled as (
    select
        cluster_arn,
        count(*) filter (where kind = 'service') as services,
        count(*) filter (where kind = 'task') as tasks
    from (
        select
            cluster_arn,
            'service' as kind
        from services
        where enable_execute_command
        union all
        select
            cluster_arn,
            'task' as kind
        from tasks
        where enable_execute_command
    ) as found
    group by cluster_arn
)

select
    c.cluster_arn as resource,
    null::varchar as part,
    case
        when enabled.cluster_arn is null then 'skip'
        when c.execute_command_logging = 'NONE' then 'fail'
        else 'pass'
    end as status,
    case
        when enabled.cluster_arn is null then 'Nothing in the cluster has Exec enabled.'
        else concat(
            'Services with Exec: ', enabled.services, ', tasks: ', enabled.tasks, '; logging ',
            coalesce(c.execute_command_logging, 'DEFAULT'), '.'
        )
    end as reason,
    c.execute_command_logging,
    enabled.services,
    enabled.tasks
from clusters as c
left join enabled on c.cluster_arn = enabled.cluster_arn
union all
select
    account_arn as resource,
    null as part,
    'skip' as status,
    'No cluster.' as reason,
    null as execute_command_logging,
    null as services,
    null as tasks
from accounts
where account_id not in (select account_id from clusters)
