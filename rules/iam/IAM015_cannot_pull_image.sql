/* ---
title: Role cannot pull the ECR image
severity: high
confidence: likely
why: >
  The next task does not start: the image cannot be fetched.
fix: >
  Attach AmazonECSTaskExecutionRolePolicy, or allow the pull actions on the repository.
effort: small
snippets:
  cli: |
    aws iam attach-role-policy --role-name ROLE \
      --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
  iam: |
    [{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
     {"Effect": "Allow",
      "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
                 "ecr:BatchGetImage"],
      "Resource": "arn:aws:ecr:REGION:ACCOUNT_ID:repository/REPOSITORY"}]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
--- */
with judged as (
    select
        account_id,
        region,
        task_definition_arn,
        part,
        role_name,
        verdict,
        reason,
        action,
        needed_resource,
        fix,
        snippet
    from iam_checks
    where purpose = 'image' and action <> 'ecr:BatchCheckLayerAvailability'
    -- The worst of a part speaks for it.
    qualify row_number() over (
        partition by account_id, region, task_definition_arn, part
        order by
            case verdict when 'denied' then 0 when 'unknown' then 1 else 2 end,
            action, needed_resource
    ) = 1
)

select
    task_definition_arn as resource,
    part,
    case verdict when 'denied' then 'fail' when 'unknown' then 'unknown' else 'pass' end as status,
    concat(reason, '.') as reason,
    account_id,
    region,
    role_name as role,
    action,
    needed_resource,
    fix as change,
    snippet
from judged
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No image of a private ECR repository, or no collected role is responsible.' as reason,
    d.account_id,
    d.region,
    null as role,
    null as action,
    null as needed_resource,
    null as change,
    null as snippet
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from judged);
