/* ---
title: Role cannot be assumed by ECS tasks
severity: high
confidence: certain
why: >
  A task that names the role does not start, or runs without credentials.
fix: >
  Let the trust allow ecs-tasks.amazonaws.com to call sts:AssumeRole.
effort: small
snippets:
  iam: |
    {"Version": "2012-10-17", "Statement": [{
      "Effect": "Allow", "Action": "sts:AssumeRole",
      "Principal": {"Service": "ecs-tasks.amazonaws.com"},
      "Condition": {"StringEquals": {"aws:SourceAccount": "ACCOUNT_ID"}}
    }]}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with used as (
    select
        account_id,
        region,
        role_arn,
        string_agg(distinct kind, ', ' order by kind) as kinds
    from iam_role_uses
    where kind in ('task', 'execution') and is_known
    group by account_id, region, role_arn
)

select
    u.role_arn as resource,
    null::varchar as part,
    case j.tasks_assume when 'yes' then 'pass' when 'no' then 'fail' else 'unknown' end as status,
    case
        when j.tasks_assume = 'yes' then 'ECS tasks may assume the role.'
        when j.tasks_assume = 'unknown'
            then 'Whether ECS tasks may assume the role hangs on what only the request knows.'
        when
            exists (
                select 1 from iam_statements as t
                where
                    t.account_id = u.account_id and t.role_arn = u.role_arn
                    and t.effect = 'Allow' and contains(t.principals, 'ecs-tasks.')
            )
            then
                'The trust names ecs-tasks, but a condition or a Deny shuts out tasks of this '
                || 'account and region.'
        else 'No statement of the trust names ecs-tasks.'
    end as reason,
    u.account_id,
    u.region,
    u.kinds,
    case
        when j.tasks_assume = 'no'
            then concat(
                '{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, ',
                '"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "',
                u.account_id, '"}}}'
            )
    end as snippet
from used as u
inner join iam_role_judgements as j on u.account_id = j.account_id and u.role_arn = j.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No collected role is used by tasks.' as reason,
    a.account_id,
    a.region,
    null as kinds,
    null as snippet
from accounts as a
where a.account_id not in (select account_id from used);
