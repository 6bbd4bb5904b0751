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
select
    task_definition_arn as resource,
    null::varchar as part,
    case
        when (is_windows and network_mode in ('bridge', 'host', 'none'))
            or (requires_fargate and coalesce(network_mode, '') <> 'awsvpc')
            or (requires_managed_instances and coalesce(network_mode, '') = 'bridge') then 'fail'
        else 'pass'
    end as status,
    concat(
        'Network mode ', coalesce(network_mode, 'not stated'), ' on ',
        coalesce(operating_system_family, 'LINUX'), case when requires_fargate then ', Fargate' else '' end, '.'
    ) as reason,
    network_mode,
    operating_system_family
from task_definitions
where not is_daemon;
