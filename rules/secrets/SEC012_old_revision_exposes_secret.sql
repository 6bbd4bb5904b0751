/* ---
title: Older revision still shows a secret
severity: medium
confidence: likely
why: >
  A revision never changes: a secret that was moved out of the current one is still read from the
  older one by everyone who may describe it, also after it was deregistered.
fix: >
  Rotate the credential, then deregister the older revisions and call ecs:DeleteTaskDefinitions.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/delete-task-definition-v2.html
--- */
with current_secrets as (
    select
        s.account_id,
        s.region,
        s.family,
        s.fingerprint
    from revision_secret_history as s
    inner join task_definitions as d
        on
            s.account_id = d.account_id and s.region = d.region
            and s.task_definition_arn = d.task_definition_arn
    where d.in_use or d.newest
),

exposed as (
    select
        s.account_id,
        s.region,
        s.family,
        s.task_definition_arn,
        s.fingerprint,
        cast(regexp_extract(s.task_definition_arn, '(\d+)$', 1) as bigint) as revision
    from revision_secret_history as s
    left join task_definitions as d
        on
            s.account_id = d.account_id and s.region = d.region
            and s.task_definition_arn = d.task_definition_arn
    left join current_secrets as c
        on
            s.account_id = c.account_id and s.region = c.region
            and s.family = c.family and s.fingerprint = c.fingerprint
    where
        c.fingerprint is null
        and coalesce(d.status, '') <> 'DELETE_IN_PROGRESS'
),

unread as (
    select distinct
        account_id,
        region
    from collection_gaps
    where
        regexp_matches(
            concat(',', tables_read, ','),
            ',(services|deployments|task_sets|service_revisions|tasks),'
        )
),

families as (
    select
        account_id,
        region,
        family,
        max_by(task_definition_arn, coalesce(revision, 0)) as newest_arn,
        max(revision) as newest_revision,
        count(distinct revision) as described,
        bool_or(not in_use and not newest) as has_older
    from task_definitions
    where described
    group by account_id, region, family
),

judged as (
    select
        f.account_id,
        f.region,
        f.family,
        f.newest_arn,
        f.has_older or f.described = f.newest_revision as is_complete,
        bool_or(unread.region is not null) as use_unread,
        count(distinct e.revision) as revisions,
        count(distinct e.fingerprint) as secrets,
        max_by(e.task_definition_arn, e.revision) as exposed_arn
    from families as f
    left join exposed as e
        on
            f.account_id = e.account_id and f.region = e.region
            and f.family = e.family
    left join unread
        on f.account_id = unread.account_id and f.region = unread.region
    group by all
)

select
    coalesce(exposed_arn, newest_arn) as resource,
    null as part,
    case
        when revisions > 0 and use_unread then 'unknown'
        when revisions > 0 then 'fail'
        when is_complete then 'pass'
        else 'skip'
    end as status,
    case
        when revisions > 0 and use_unread
            then concat(
                'What runs could not be read, so revisions that show secrets may be in use; ',
                'revisions: ', revisions, ', secrets: ', secrets, '.'
            )
        when revisions > 0
            then concat(
                'Unused revisions show secrets that the current one does not hold; revisions: ',
                revisions, ', secrets: ', secrets, '.'
            )
        when is_complete then 'No older revision shows a further secret.'
        else 'Older revisions were not described; collect with --all-revisions.'
    end as reason,
    account_id,
    region,
    family,
    revisions,
    secrets
from judged;
