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
yields_to: [IAM005, IAM036]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
--- */
with subjects as (
    select
        account_id, region, role_arn,
        bool_or(is_known) as is_known, bool_or(in_use) as in_use, max(families) as families,
        max(services) as services, min(fault) as fault
    from iam_role_uses
    where kind in ('execution')
    group by account_id, region, role_arn
),

extra_rights as (
    select
        account_id, role_arn, count(*) as actions, min(action) as example,
        string_agg(distinct split_part(action, ':', 1), ', ' order by split_part(action, ':', 1))
            as aws_services
    from iam_effective_actions
    where
        not regexp_matches(
            action,
            '^(sts:GetCallerIdentity)$'
                || '|^ecr:(Get|BatchGet|BatchCheck|Describe|List|BatchImportUpstreamImage)'
                || '|^ecr-public:(Get|BatchCheck|Describe)'
                || '|^logs:(Create|Put|Describe)'
                || '|^ssm:GetParameters$|^secretsmanager:GetSecretValue$|^kms:Decrypt$'
                || '|^s3:(GetObject|GetBucketLocation)$'
                || '|^(fsx|ds):Describe'
        )
    group by account_id, role_arn
),

administrators as (
    select distinct account_id, role_arn
    from iam_risks
    where risk = 'ADMIN' and kind = 'execution'
)

select
    s.role_arn as resource,
    null::varchar as part,
    case
        when not s.is_known then 'skip'
        when e.actions > 0 or d.role_arn is not null then 'fail'
        when s.fault is not null then 'unknown'
        else 'pass'
    end as status,
    case
        when not s.is_known then 'The account has no such role (IAM011).'
        when d.role_arn is not null then 'The role is an administrator.'
        when e.actions > 0
            then concat(
                e.actions, ' further actions, of ', e.aws_services, ', such as ', e.example, '.'
            )
        when s.fault is not null then concat('Not all of the role could be judged: ', s.fault, '.')
        else 'The role holds nothing beyond its purpose.'
    end as reason,
    s.account_id,
    s.region,
    e.actions,
    e.aws_services,
    e.example
from subjects as s
left join extra_rights as e on s.account_id = e.account_id and s.role_arn = e.role_arn
left join administrators as d on s.account_id = d.account_id and s.role_arn = d.role_arn
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
    null as example
from accounts as a
where a.account_id not in (select account_id from subjects);
