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
with used as (
    select p.account_id, p.region, p.service_arn, min(d.task_definition_arn) as revision
    from deployments as p
    join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    where d.status = 'INACTIVE' and p.status in ('PRIMARY', 'ACTIVE')
    group by p.account_id, p.region, p.service_arn
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
        when used.revision is not null then concat('It runs ', used.revision, ', which is INACTIVE.')
        else 'No deployment runs a revision that is INACTIVE.'
    end as reason,
    used.revision
from services as s
left join used on s.account_id = used.account_id and s.region = used.region and s.service_arn = used.service_arn
union all
select
    a.account_arn as resource, null as part, 'skip' as status, 'No service.' as reason,
    null as revision
from accounts as a
where a.account_id not in (select account_id from services);
