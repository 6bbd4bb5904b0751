/* ---
title: Service runs an older revision
severity: low
confidence: heuristic
why: >
  A fix that was registered is not running; the service was forgotten, or rolled back.
fix: >
  Update the service to the newest revision, or deregister that one.
effort: small
thresholds:
  revision_grace_hours: {default: 24, unit: hours, doc: Hours that a newer revision may wait for its service.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-task-definition-console-v2.html
--- */
with newest as (
    select
        account_id,
        region,
        family,
        max(revision) as revision,
        max(registered_at) as registered_at
    from task_definitions
    where newest
    group by account_id, region, family
),

runs as (
    select
        s.account_id,
        s.region,
        s.service_arn,
        s.status,
        s.last_event,
        s.deployment_controller,
        coalesce(k.task_definition_arn, s.task_definition_arn) as task_definition_arn
    from services as s
    left join task_sets as k on s.service_arn = k.service_arn and k.status = 'PRIMARY'
),

shared as (
    select
        d.account_id,
        d.region,
        d.family
    from runs as s
    inner join task_definitions as d
        on
            s.account_id = d.account_id and s.region = d.region
            and s.task_definition_arn = d.task_definition_arn
    group by d.account_id, d.region, d.family
    having count(*) > 1
),

moving as (
    select
        service_arn,
        bool_or(rollout_state = 'IN_PROGRESS') as in_progress,
        bool_or(regexp_matches(lower(rollout_reason), 'roll(ed|ing) back')) as rolled_back
    from deployments
    group by service_arn
),

-- CodeDeploy keeps the replacement beside the PRIMARY task set while it shifts traffic.
replaced as (
    select distinct service_arn
    from task_sets
    where status = 'ACTIVE'
),

judged as (
    select
        s.service_arn,
        s.status,
        d.family,
        d.revision,
        newest.revision as newest_revision,
        newest.registered_at,
        shared.family is not null as shared,
        coalesce(moving.in_progress, false)
        or (s.deployment_controller = 'CODE_DEPLOY' and replaced.service_arn is not null)
            as in_progress,
        coalesce(moving.rolled_back, false)
        or regexp_matches(lower(coalesce(s.last_event, '')), 'roll(ed|ing) back') as rolled_back
    from runs as s
    left join task_definitions as d
        on
            s.account_id = d.account_id and s.region = d.region
            and s.task_definition_arn = d.task_definition_arn
    left join newest
        on
            d.account_id = newest.account_id and d.region = newest.region
            and d.family = newest.family
    left join shared
        on
            d.account_id = shared.account_id and d.region = shared.region
            and d.family = shared.family
    left join moving on s.service_arn = moving.service_arn
    left join replaced on s.service_arn = replaced.service_arn
)

select
    service_arn as resource,
    null::varchar as part,
    case
        when status <> 'ACTIVE' or newest_revision is null then 'skip'
        when revision >= newest_revision then 'pass'
        when
            date_diff('second', registered_at, audit.as_of)
            <= 3600
            * coalesce((
                select value from thresholds
                where name = 'revision_grace_hours'
            ), 24)
            then 'pass'
        when shared or in_progress or rolled_back then 'skip'
        else 'fail'
    end as status,
    case
        when status <> 'ACTIVE' then 'The service is being deleted.'
        when newest_revision is null then 'No ACTIVE revision of the family was described.'
        when revision < newest_revision and in_progress then 'A deployment is in progress.'
        when revision < newest_revision and rolled_back then 'The last deployment was rolled back.'
        when revision < newest_revision and shared then 'Several services run the family.'
        else concat('Runs ', family, ':', revision, ', newest is ', newest_revision, '.')
    end as reason,
    revision,
    newest_revision
from judged
cross join audit
union all
select
    account_arn as resource,
    null as part,
    'skip' as status,
    'No service.' as reason,
    null as revision,
    null as newest_revision
from accounts
where account_id not in (select account_id from services)
