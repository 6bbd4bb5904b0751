/* ---
title: Role cannot write the container log
severity: high
confidence: likely
why: >
  With awslogs in blocking mode the task does not start without its stream; otherwise its output
  is lost.
fix: >
  Allow logs:CreateLogStream and logs:PutLogEvents on the group to the role that the reason
  names.
effort: small
snippets:
  iam: |
    {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
     "Resource": "arn:aws:logs:REGION:ACCOUNT_ID:log-group:LOG_GROUP:*"}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
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
where purpose = 'log'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No container writes to CloudWatch Logs by awslogs, or no collected role is responsible.'
        as reason,
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
    where purpose = 'log'
);
