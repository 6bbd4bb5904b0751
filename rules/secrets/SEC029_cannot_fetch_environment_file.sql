/* ---
title: Execution role cannot fetch the environment file
severity: high
confidence: certain
why: >
  ECS reads the file with the execution role when a task starts: the next task does not start.
fix: >
  Allow s3:GetObject on the object and s3:GetBucketLocation on the bucket.
effort: small
snippets:
  iam: |
    [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::BUCKET/KEY"},
     {"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": "arn:aws:s3:::BUCKET"}]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
--- */
select
    task_definition_arn as resource,
    part,
    status,
    reason,
    account_id,
    region,
    role,
    action,
    needed_resource,
    change,
    snippet
from iam_worst_checks
where purpose = 'environment-file'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No environment file, or no collected role is responsible.' as reason,
    d.account_id,
    d.region,
    null as role,
    null as action,
    null as needed_resource,
    null as change,
    null as snippet
from task_definitions as d
where d.task_definition_arn not in (
    select task_definition_arn from iam_worst_checks
    where purpose = 'environment-file'
);
