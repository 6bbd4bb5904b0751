/* ---
title: Environment file in a public bucket
severity: high
confidence: certain
why: >
  Anyone on the internet may read the variables that the containers start with.
fix: >
  Turn on the bucket's public access block and move what is secret to Secrets Manager.
effort: small
controls: {aws-fsbp: [S3.2, S3.8]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
--- */
select
    f.task_definition_arn as resource,
    f.part,
    case
        when b.restrict_public_buckets or b.account_restricts_public then 'pass'
        when not b.policy_is_public then 'pass'
        when
            b.policy_is_public and not b.restrict_public_buckets and not b.account_restricts_public
            then 'fail'
        else 'unknown'
    end as status,
    case
        when b.restrict_public_buckets or b.account_restricts_public
            then concat('A public access block covers the bucket ', f.bucket, '.')
        when not b.policy_is_public
            then concat('The policy of the bucket ', f.bucket, ' is not public.')
        when
            b.policy_is_public and not b.restrict_public_buckets and not b.account_restricts_public
            then concat('The policy of the bucket ', f.bucket, ' is public and nothing blocks it.')
        else concat('The exposure of the bucket ', f.bucket, ' could not be read.')
    end as reason,
    f.account_id,
    f.region,
    f.bucket
from container_environment_files as f
left join s3_buckets as b
    on
        f.account_id = b.account_id and f.region = b.region
        and f.bucket = b.bucket
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No environment file.' as reason,
    d.account_id,
    d.region,
    null as bucket
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from container_environment_files);
