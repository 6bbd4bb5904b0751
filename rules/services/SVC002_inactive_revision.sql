/* ---
title: Service depends on an INACTIVE revision
severity: medium
confidence: certain
why: >
  The tasks run on, but no service can be pointed at the revision again: a rollback to it is
  impossible.
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

inactive as (
    select
        p.service_arn,
        d.task_definition_arn,
        d.deregistered_at is null or d.deregistered_at <= audit.as_of - to_minutes(10)
            as is_settled
    from placed as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    cross join audit
    where d.status = 'INACTIVE'
),

used as (
    select
        service_arn,
        coalesce(
            min(task_definition_arn) filter (where is_settled), min(task_definition_arn)
        ) as revision,
        bool_or(is_settled) as settled
    from inactive
    group by service_arn
)

select
    s.service_arn as resource,
    null::varchar as part,
    case
        when coalesce(s.desired_count, 0) = 0 then 'skip'
        when used.settled then 'fail'
        else 'pass'
    end as status,
    case
        when coalesce(s.desired_count, 0) = 0 then 'The service wants no task.'
        when used.settled then concat('It runs ', used.revision, ', which is INACTIVE.')
        when used.revision is not null then 'The revision was deregistered within 10 minutes.'
        else 'It runs no INACTIVE revision.'
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
