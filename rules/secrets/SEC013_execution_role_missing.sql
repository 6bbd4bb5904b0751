/* ---
title: Execution role missing where the definition needs one
severity: high
confidence: certain
why: >
  Without an execution role the agent cannot fetch the secrets, pull the private image or
  write the logs: no task starts.
fix: >
  Set executionRoleArn to a role that trusts ecs-tasks and grants exactly what this definition
  names.
effort: small
snippets:
  cloudformation: |
    ExecutionRoleArn: EXECUTION_ROLE_ARN
  iam: |
    {"Version": "2012-10-17", "Statement": [{
      "Effect": "Allow", "Action": "sts:AssumeRole",
      "Principal": {"Service": "ecs-tasks.amazonaws.com"},
      "Condition": {"StringEquals": {"aws:SourceAccount": "ACCOUNT_ID"}}
    }]}
optional: [services, tasks]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
--- */
with services_elsewhere as (
    select distinct
        account_id,
        region,
        task_definition_arn
    from services
    where launch_type = 'EXTERNAL'
),

placed as (
    select
        d.account_id,
        d.region,
        d.task_definition_arn,
        d.requires_fargate or d.requires_managed_instances
        or (d.requires_external and not d.requires_ec2)
        or s.task_definition_arn is not null as is_elsewhere
    from task_definitions as d
    left join services_elsewhere as s
        on
            d.account_id = s.account_id and d.region = s.region
            and d.task_definition_arn = s.task_definition_arn
),

needs as (
    select
        task_definition_arn,
        'secrets' as need
    from container_secrets
    union
    select
        task_definition_arn,
        'environment files' as need
    from container_environment_files
    union
    select
        p.task_definition_arn,
        'awslogs' as need
    from containers as c
    inner join placed as p
        on
            c.account_id = p.account_id and c.region = p.region
            and c.task_definition_arn = p.task_definition_arn
    where p.is_elsewhere and c.log_driver = 'awslogs'
    union
    select
        p.task_definition_arn,
        'a private ECR image' as need
    from containers as c
    inner join placed as p
        on
            c.account_id = p.account_id and c.region = p.region
            and c.task_definition_arn = p.task_definition_arn
    where p.is_elsewhere and c.image_ecr_account_id is not null
),

counted as (
    select
        task_definition_arn,
        count(*) as need_count,
        string_agg(need, ', ' order by need) as need
    from needs
    group by task_definition_arn
),

overriding as (
    select
        account_id,
        region,
        task_definition_arn,
        bool_and(override_execution_role_arn is not null) as is_everywhere
    from tasks
    where desired_status = 'RUNNING'
    group by account_id, region, task_definition_arn
),

blind as (
    select distinct
        account_id,
        region
    from collection_gaps
    where regexp_matches(concat(',', tables_read, ','), ',tasks,')
)

select
    d.task_definition_arn as resource,
    null::varchar as part,
    case
        when c.need_count is null then 'skip'
        when d.execution_role_arn is not null or o.is_everywhere then 'pass'
        when b.region is not null then 'unknown'
        else 'fail'
    end as status,
    case
        when c.need_count is null then 'Nothing in the definition needs an execution role.'
        when d.execution_role_arn is not null then 'An execution role is set.'
        when o.is_everywhere then 'Every running task has an execution role by its override.'
        when b.region is not null
            then 'No execution role; whether tasks override it could not be read.'
        else concat('No execution role, though it uses ', c.need, '.')
    end as reason,
    c.need,
    c.need_count
from task_definitions as d
left join counted as c on d.task_definition_arn = c.task_definition_arn
left join overriding as o
    on
        d.account_id = o.account_id and d.region = o.region
        and d.task_definition_arn = o.task_definition_arn
left join blind as b on d.account_id = b.account_id and d.region = b.region;
