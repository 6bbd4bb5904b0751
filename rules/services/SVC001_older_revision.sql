/* ---
title: Service runs an older revision
severity: low
confidence: heuristic
why: >
  A fix that was registered is not running; the service was forgotten, or rolled back.
fix: >
  Update the service to the newest revision, or deregister that one.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-task-definition-console-v2.html
--- */
with newest as (
    select account_id, region, family, max(revision) as revision, max(registered_at) as registered_at
    from task_definitions
    where newest
    group by account_id, region, family
)

select
    s.service_arn as resource,
    null::varchar as part,
    case
        when d.family is null or newest.revision is null then 'skip'
        when
            d.revision < newest.revision
            and (newest.registered_at is null or newest.registered_at < audit.as_of - to_hours(24))
            then 'fail'
        else 'pass'
    end as status,
    case
        when d.family is null or newest.revision is null then 'The revision was not described.'
        else concat('Runs ', d.family, ':', d.revision, ', newest is ', newest.revision, '.')
    end as reason,
    d.revision,
    newest.revision as newest_revision
from services as s
cross join audit
left join task_definitions as d
    on
        s.account_id = d.account_id and s.region = d.region
        and s.task_definition_arn = d.task_definition_arn
left join newest
    on d.account_id = newest.account_id and d.region = newest.region and d.family = newest.family
union all
select
    a.account_arn as resource, null as part, 'skip' as status, 'No service.' as reason,
    null as revision, null as newest_revision
from accounts as a
where a.account_id not in (select account_id from services);
