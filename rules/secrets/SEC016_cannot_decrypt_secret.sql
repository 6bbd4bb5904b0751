/* ---
title: Execution role may not decrypt with the customer key of the secret
severity: high
confidence: likely
why: >
  Secrets Manager and SSM decrypt with the rights of the role that asks: the next task does not
  start.
fix: >
  Allow kms:Decrypt on that key, with kms:ViaService for the service that holds the secret.
effort: small
snippets:
  iam: |
    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "KEY_ARN",
     "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.REGION.amazonaws.com"}}}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
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
where purpose = 'key'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No secret under a customer key, or no collected role is responsible.' as reason,
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
    where purpose = 'key'
);
