/* ---
title: Repository tags are mutable
severity: low
confidence: certain
why: >
  A tag that may be overwritten lets whoever can push change what the next task runs.
fix: >
  Set imageTagMutability to IMMUTABLE.
effort: small
controls: {aws-fsbp: [ECR.2]}
refs:
  - https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
--- */
with deployed as (
    select distinct
        r.account_id,
        r.region,
        r.repository_arn,
        coalesce(c.image_tag, 'latest') as image_tag
    from ecr_repositories as r
    inner join containers as c
        on
            r.account_id = c.image_ecr_account_id and r.region = c.image_ecr_region
            and r.repository_name = c.image_repository
    inner join task_definitions as d
        on
            c.account_id = d.account_id and c.region = d.region
            and c.task_definition_arn = d.task_definition_arn
    where c.image_digest is null and d.in_use
),

filters as (
    select
        account_id,
        region,
        repository_arn,
        unnest(string_split(mutability_exclusions, ' ')) as filter
    from ecr_repositories
    where mutability_exclusions is not null
),

excluded as (
    select distinct
        d.account_id,
        d.region,
        d.repository_arn,
        d.image_tag
    from deployed as d
    inner join filters as f
        on
            d.account_id = f.account_id and d.region = f.region
            and d.repository_arn = f.repository_arn
            and regexp_full_match(
                d.image_tag, replace(replace(f.filter, '.', '\.'), '*', '.*')
            )
),

movable as (
    select
        d.account_id,
        d.region,
        d.repository_arn,
        string_agg(d.image_tag, ', ' order by d.image_tag) as image_tags
    from deployed as d
    inner join ecr_repositories as r
        on
            d.account_id = r.account_id and d.region = r.region
            and d.repository_arn = r.repository_arn
    left join excluded as e
        on
            d.account_id = e.account_id and d.region = e.region
            and d.repository_arn = e.repository_arn and d.image_tag = e.image_tag
    where
        r.image_tag_mutability = 'MUTABLE'
        or (r.image_tag_mutability = 'MUTABLE_WITH_EXCLUSION' and e.image_tag is null)
        or (r.image_tag_mutability = 'IMMUTABLE_WITH_EXCLUSION' and e.image_tag is not null)
    group by d.account_id, d.region, d.repository_arn
)

select
    r.repository_arn as resource,
    null::varchar as part,
    case
        when not r.in_use then 'skip'
        -- Prefixes that the console proposes for pull-through caches.
        when
            regexp_matches(
                r.repository_name,
                '^(ecr-public|docker-hub|quay|kubernetes|github|gitlab|chainguard)/'
            )
            then 'skip'
        when m.repository_arn is not null then 'fail'
        else 'pass'
    end as status,
    case
        when not r.in_use then 'No container in scope pulls from it.'
        when m.repository_arn is not null
            then
                concat(
                    'Tag mutability is ', r.image_tag_mutability, '; deployed: ', m.image_tags, '.'
                )
        else concat('Tag mutability is ', r.image_tag_mutability, '; no deployed tag can move.')
    end as reason,
    r.image_tag_mutability,
    r.repository_name,
    m.image_tags
from ecr_repositories as r
left join movable as m
    on
        r.account_id = m.account_id and r.region = m.region
        and r.repository_arn = m.repository_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'The account has no private repository in a collected region.' as reason,
    null as image_tag_mutability,
    null as repository_name,
    null as image_tags
from accounts as a
where a.account_id not in (select account_id from ecr_repositories)
