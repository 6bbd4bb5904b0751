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
    select cluster_arn, count(*) as services
    from services
    where enable_execute_command
    group by cluster_arn
)

select
    c.cluster_arn as resource,
    null::varchar as part,
    case
        when enabled.services is null then 'skip'
        when c.execute_command_logging = 'NONE' then 'fail'
        else 'pass'
    end as status,
    case
        when enabled.services is null then 'No service of the cluster has Exec enabled.'
        else concat(
            enabled.services, ' services with Exec; logging ', coalesce(c.execute_command_logging, 'DEFAULT'), '.'
        )
    end as reason,
    c.execute_command_logging,
    enabled.services
from clusters as c
left join enabled on c.cluster_arn = enabled.cluster_arn
union all
select
    a.account_arn as resource, null as part, 'skip' as status, 'No cluster.' as reason,
    null as execute_command_logging, null as services
from accounts as a
where a.account_id not in (select account_id from clusters);
