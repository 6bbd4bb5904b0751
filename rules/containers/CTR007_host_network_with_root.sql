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
snippets:
  cloudformation: |
    ContainerDefinitions:
      - Name: CONTAINER
        User: "1000:1000"
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
    c.task_definition_arn as resource,
    c.part,
    case
        when d.network_mode is distinct from 'host' or d.is_windows then 'skip'
        when not regexp_full_match(lower(coalesce(c.user_name, 'root')), '(root|0+)(:.*)?')
            then 'pass'
        when c.privileged or a.agent is not null then 'skip'
        else 'fail'
    end as status,
    case
        when d.network_mode is distinct from 'host' or d.is_windows then 'Not in host mode on Linux.'
        when a.agent is not null then concat('It is the host agent ', a.agent, '.')
        else concat(
            'Host network mode, user ', coalesce(c.user_name, 'left to the image'),
            case when batch.task_definition_arn is not null
                then '; AWS Batch made it: change the job definition' else '' end, '.'
        )
    end as reason,
    d.network_mode,
    c.user_name,
    batch.task_definition_arn is not null as aws_batch
from containers as c
join task_definitions as d
    on
        c.account_id = d.account_id and c.region = d.region
        and c.task_definition_arn = d.task_definition_arn
left join container_host_agents as a
    on
        c.account_id = a.account_id and c.region = a.region
        and c.task_definition_arn = a.task_definition_arn
        and c.part = a.part
left join batch
    on
        c.account_id = batch.account_id and c.region = batch.region
        and c.task_definition_arn = batch.task_definition_arn
