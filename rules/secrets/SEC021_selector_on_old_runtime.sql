/* ---
title: JSON-key or version selector on a runtime that cannot resolve it
severity: high
confidence: certain
why: >
  Selectors after the secret's ARN need Fargate Linux platform 1.4.0 or agent 1.37.0; older
  runtimes fail to start the task.
fix: >
  Move the service to the newest platform version, or update the container agent.
effort: medium
snippets:
  cli: |
    # On Fargate
    aws ecs update-service --cluster CLUSTER --service SERVICE \
      --platform-version LATEST --force-new-deployment
    # On EC2
    aws ecs update-container-agent --cluster CLUSTER --container-instance INSTANCE_ID
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
--- */
with selecting as (
    select
        account_id,
        region,
        task_definition_arn,
        min(part) as first_part,
        count(*) as selectors
    from container_secrets
    where
        reference_json_key is not null or reference_version_stage is not null
        or reference_version_id is not null
    group by account_id, region, task_definition_arn
),

old_fargate as (
    select
        task_definition_arn,
        min(platform_version) as platform_version
    from deployments
    where
        platform_version in ('1.0.0', '1.1.0', '1.2.0', '1.3.0')
        and coalesce(platform_family, 'Linux') not like 'Windows%'
    group by task_definition_arn
),

old_agents as (
    select
        p.task_definition_arn,
        min(h.agent_version) filter (where h.agent_version_number < 1037000) as agent_version,
        count(*) filter (where h.agent_version_number is null) as not_told
    from task_placements as p
    inner join container_instances as h
        on
            p.account_id = h.account_id and p.region = h.region
            and p.container_instance_arn = h.container_instance_arn
    where p.service_arn is not null and h.status = 'ACTIVE'
    group by p.task_definition_arn
)

select
    d.task_definition_arn as resource,
    selecting.first_part as part,
    case
        when selecting.selectors is null then 'skip'
        when old_fargate.platform_version is not null or old_agents.agent_version is not null
            then 'fail'
        when old_agents.not_told > 0 then 'unknown'
        else 'pass'
    end as status,
    case
        when selecting.selectors is null then 'No secret is selected by key or version.'
        when old_fargate.platform_version is not null
            then
                concat(
                    selecting.selectors,
                    case selecting.selectors when 1 then ' selector' else ' selectors' end,
                    ' on Fargate platform ',
                    old_fargate.platform_version,
                    '.'
                )
        when old_agents.agent_version is not null
            then
                concat(
                    selecting.selectors,
                    case selecting.selectors when 1 then ' selector' else ' selectors' end,
                    ' on an agent ', old_agents.agent_version, '.'
                )
        when old_agents.not_told > 0 then 'An agent does not tell its version.'
        else 'Every runtime resolves the selectors.'
    end as reason,
    old_fargate.platform_version,
    old_agents.agent_version
from task_definitions as d
left join selecting
    on
        d.account_id = selecting.account_id and d.region = selecting.region
        and d.task_definition_arn = selecting.task_definition_arn
left join old_fargate on d.task_definition_arn = old_fargate.task_definition_arn
left join old_agents on d.task_definition_arn = old_agents.task_definition_arn;
