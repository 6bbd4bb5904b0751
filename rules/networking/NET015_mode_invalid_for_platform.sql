/* ---
title: Network mode invalid for the operating system or launch type
severity: medium
confidence: certain
why: >
  The register call refuses it: a file that holds it breaks the deployment.
fix: >
  Use awsvpc, or leave the mode out on Windows hosts.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/windows_task_definitions.html
--- */
with mapped as (
    select distinct account_id, region, task_definition_arn from container_ports
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.is_daemon then 'skip'
        when d.is_windows and d.network_mode in ('bridge', 'host', 'none') then 'fail'
        when d.requires_fargate and d.network_mode is distinct from 'awsvpc' then 'fail'
        when d.requires_managed_instances and d.network_mode = 'bridge' then 'fail'
        when d.network_mode = 'none' and mapped.task_definition_arn is not null then 'fail'
        else 'pass'
    end as status,
    concat(
        'Network mode ', coalesce(d.network_mode, 'not stated'), ' on ',
        coalesce(d.operating_system_family, 'LINUX'),
        case when d.requires_fargate then ', Fargate' else '' end,
        case when d.requires_managed_instances then ', Managed Instances' else '' end,
        case when mapped.task_definition_arn is not null then ', ports mapped' else '' end, '.'
    ) as reason,
    d.network_mode,
    d.operating_system_family
from task_definitions as d
left join mapped
    on
        d.account_id = mapped.account_id and d.region = mapped.region
        and d.task_definition_arn = mapped.task_definition_arn
