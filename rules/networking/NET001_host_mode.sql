/* ---
title: Task uses host network mode
severity: medium
confidence: certain
why: >
  The task has no security group of its own, shares the host's ports and reaches its loopback
  services.
fix: >
  Use awsvpc.
effort: medium
yields_to: [CTR007]
controls: {aws-fsbp: [ECS.17]}
optional: [tasks]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
--- */
with batch as (
    select distinct account_id, region, task_definition_arn
    from tasks
    where is_batch_job
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when d.is_windows or d.requires_fargate then 'skip'
        when d.network_mode is distinct from 'host' then 'pass'
        when a.agent is not null then 'skip'
        else 'fail'
    end as status,
    case
        when d.is_windows or d.requires_fargate then 'Host mode cannot be set where it runs.'
        when d.network_mode is distinct from 'host' then 'The task does not use host mode.'
        when a.agent is not null then concat('It is the host agent ', a.agent, '.')
        when batch.task_definition_arn is not null
            then 'Network mode is host; AWS Batch made it: change the job definition.'
        else 'Network mode is host.'
    end as reason,
    d.network_mode,
    batch.task_definition_arn is not null as aws_batch
from task_definitions as d
left join task_definition_host_agents as a
    on
        d.account_id = a.account_id and d.region = a.region
        and d.task_definition_arn = a.task_definition_arn
left join batch
    on
        d.account_id = batch.account_id and d.region = batch.region
        and d.task_definition_arn = batch.task_definition_arn
