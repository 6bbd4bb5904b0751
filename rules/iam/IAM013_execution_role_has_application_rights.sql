/* ---
title: Execution role carries application permissions
severity: medium
confidence: likely
why: >
  Every definition that names the execution role starts with these rights at the agent, and
  nobody looks for application rights there.
fix: >
  Leave what the agent needs: pulling images, writing logs, reading the named secrets.
effort: small
yields_to: [IAM036]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
--- */
with subjects as (
    select
        account_id,
        region,
        role_arn,
        bool_or(is_known) as is_known,
        bool_or(in_use) as in_use,
        min(fault) as fault
    from iam_role_uses
    where kind = 'execution'
    group by account_id, region, role_arn
),

extra_rights as (
    select
        e.account_id,
        e.role_arn,
        count(*) as actions,
        min(e.action) as example,
        arg_min(e.policy_name, e.action) as policy_name,
        arg_min(e.statement, e.action) as statement,
        string_agg(
            distinct split_part(e.action, ':', 1), ', ' order by split_part(e.action, ':', 1)
        ) as aws_services
    from iam_effective_actions as e
    where
        not regexp_full_match(
            e.action,
            'sts:GetCallerIdentity'
            || '|ecr:(Get|BatchGet|BatchCheck|Describe|List).*|ecr:BatchImportUpstreamImage'
            || '|ecr:CreateRepository|ecr-public:(Get|BatchCheck|Describe).*'
            || '|logs:(CreateLogGroup|CreateLogStream|PutLogEvents|PutRetentionPolicy|Describe.*)'
            || '|ssm:GetParameters|secretsmanager:GetSecretValue|kms:Decrypt'
            || '|s3:(GetObject|GetBucketLocation)|fsx:Describe.*|ds:Describe.*'
        )
    group by e.account_id, e.role_arn
),

administrators as (
    select
        account_id,
        role_arn,
        min(policy_name) as policy_name
    from iam_risks
    where risk = 'ADMIN' and kind = 'execution' and state = 'certain'
    group by account_id, role_arn
),

shared as (
    select distinct
        account_id,
        execution_role_arn as role_arn
    from task_definitions
    where task_role_arn = execution_role_arn
)

select
    s.role_arn as resource,
    null::varchar as part,
    case
        when not s.is_known then 'skip'
        when b.role_arn is not null then 'skip'
        when e.role_arn is not null or d.role_arn is not null then 'fail'
        when s.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not s.is_known then 'The account has no such role (IAM011).'
        when b.role_arn is not null then 'The role is the task role too (IAM005).'
        when d.role_arn is not null
            then concat('Policy ', d.policy_name, ' makes the role an administrator.')
        when e.role_arn is not null
            then concat(
                'Further actions: ', e.actions, ', of ', e.aws_services, ', such as ', e.example,
                ' by statement ', e.statement, ' of policy ', e.policy_name,
                case
                    when contains(e.aws_services, 'ssmmessages')
                        then '; ECS Exec needs ssmmessages on the task role'
                    else ''
                end, '.'
            )
        when s.fault is not null then concat('Not all of the role could be judged: ', s.fault, '.')
        else 'The role holds nothing beyond its purpose.'
    end as reason,
    s.account_id,
    s.region,
    e.actions,
    e.aws_services,
    e.example,
    coalesce(e.policy_name, d.policy_name) as policy_name,
    e.statement
from subjects as s
left join extra_rights as e on s.account_id = e.account_id and s.role_arn = e.role_arn
left join administrators as d on s.account_id = d.account_id and s.role_arn = d.role_arn
left join shared as b on s.account_id = b.account_id and s.role_arn = b.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in scope uses an execution role.' as reason,
    a.account_id,
    a.region,
    null as actions,
    null as aws_services,
    null as example,
    null as policy_name,
    null as statement
from accounts as a
where a.account_id not in (select account_id from subjects);
