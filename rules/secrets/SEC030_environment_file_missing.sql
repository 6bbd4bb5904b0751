/* ---
title: Environment file missing or of the wrong type
severity: medium
confidence: certain
why: >
  ECS fetches the file when a task starts and takes only names that end in .env: the next task
  does not start.
fix: >
  Upload the file under the name that the definition gives, ending in .env.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
--- */
select
    f.task_definition_arn as resource,
    f.part,
    case
        when not ends_with(f.object_arn, '.env') then 'fail'
        when o.object_exists then 'pass'
        when not o.object_exists then 'fail'
        else 'unknown'
    end as status,
    case
        when not ends_with(f.object_arn, '.env') then 'The name of the object does not end in .env.'
        when o.object_exists then 'The object exists.'
        when not o.object_exists then concat('The bucket ', f.bucket, ' does not list the object.')
        else concat('The bucket ', f.bucket, ' could not be listed.')
    end as reason,
    f.account_id,
    f.region,
    f.object_arn,
    f.bucket
from container_environment_files as f
left join s3_environment_files as o
    on
        f.account_id = o.account_id and f.region = o.region
        and f.object_arn = o.object_arn
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No environment file.' as reason,
    d.account_id,
    d.region,
    null as object_arn,
    null as bucket
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from container_environment_files);
