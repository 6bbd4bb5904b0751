/* ---
title: Environment file in a public bucket
severity: high
confidence: certain
why: >
  Anyone on the internet may read the variables that the containers start with.
fix: >
  Turn on the bucket's public access block and move what is secret to Secrets Manager.
effort: small
snippets:
  cli: |
    aws s3api put-public-access-block --bucket BUCKET \
      --public-access-block-configuration \
      BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
controls: {aws-fsbp: [S3.2, S3.8]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
--- */
with judged as (
    select
        f.account_id,
        f.region,
        f.task_definition_arn,
        f.part,
        f.bucket,
        -- NULL where what was refused could still decide
        b.restrict_public_buckets or b.account_restricts_public or not b.policy_is_public
            as is_closed
    from container_environment_files as f
    left join s3_buckets as b
        on
            f.account_id = b.account_id and f.region = b.region
            and f.bucket = b.bucket
)

select
    task_definition_arn as resource,
    part,
    case is_closed when true then 'pass' when false then 'fail' else 'unknown' end as status,
    case is_closed
        when true
            then concat('The bucket ', bucket, ' has no public policy, or a block covers it.')
        when false
            then concat('The policy of the bucket ', bucket, ' is public and nothing blocks it.')
        else concat('The exposure of the bucket ', bucket, ' could not be read.')
    end as reason,
    account_id,
    region,
    bucket
from judged
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
