/* ---
title: Instance role doubles as task role
severity: high
confidence: certain
why: >
  Tasks get the rights of the agent, with which they can register hosts and report on other
  tasks, and the host gets those of the application.
fix: >
  Give the tasks a role of their own.
effort: small
snippets:
  cloudformation: |
    TaskRoleArn: TASK_ROLE_ARN
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
--- */
with hosts as (
    select
        account_id,
        region,
        role_arn,
        bool_or(is_known) as is_known
    from iam_role_uses
    where kind = 'instance'
    group by account_id, region, role_arn
),

others as (
    select
        account_id,
        role_arn,
        string_agg(kind, ', ' order by kind) as kinds
    from iam_role_uses
    where kind in ('task', 'execution') and in_use
    group by account_id, role_arn
)

select
    h.role_arn as resource,
    null::varchar as part,
    case when o.kinds is null then 'pass' else 'fail' end as status,
    case
        when o.kinds is null then 'Only hosts use the role.'
        else concat('The role of the hosts is also the ', o.kinds, ' role of definitions in use.')
    end as reason,
    h.account_id,
    h.region,
    o.kinds
from hosts as h
left join others as o on h.account_id = o.account_id and h.role_arn = o.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance with a collected role.' as reason,
    a.account_id,
    a.region,
    null as kinds
from accounts as a
where a.account_id not in (select account_id from hosts);
