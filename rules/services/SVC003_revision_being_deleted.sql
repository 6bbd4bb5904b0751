/* ---
title: Service depends on a revision being deleted
severity: medium
confidence: certain
why: >
  The revision vanishes with the last task that uses it.
fix: >
  Register the definition anew and update the service.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
--- */
with placed as (
    select
        account_id,
        region,
        service_arn,
        task_definition_arn
    from deployments
    where status = 'PRIMARY'
    union
    select
        account_id,
        region,
        service_arn,
        task_definition_arn
    from task_sets
    where status in ('PRIMARY', 'ACTIVE')
),

used as (
    select
        p.service_arn,
        min(d.task_definition_arn) as revision
    from placed as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    where d.status = 'DELETE_IN_PROGRESS'
    group by p.service_arn
)

select
    s.service_arn as resource,
    null::varchar as part,
    case
        when coalesce(s.desired_count, 0) = 0 then 'skip'
        when used.revision is not null then 'fail'
        else 'pass'
    end as status,
    case
        when coalesce(s.desired_count, 0) = 0 then 'The service wants no task.'
        when
            used.revision is not null
            then concat('It runs ', used.revision, ', which is being deleted.')
        else 'It runs no revision that is being deleted.'
    end as reason,
    used.revision
from services as s
left join used on s.service_arn = used.service_arn
union all
select
    account_arn as resource,
    null as part,
    'skip' as status,
    'No service.' as reason,
    null as revision
from accounts
where account_id not in (select account_id from services)
