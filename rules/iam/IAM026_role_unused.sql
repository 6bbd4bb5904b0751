/* ---
title: Role for ECS no longer used
severity: low
confidence: likely
why: >
  A role that nothing needs is still a set of rights that somebody can take.
fix: >
  Delete the role after its owner agreed.
effort: small
thresholds:
  unused_role_days: {default: 90, unit: days, doc: Days without use after which a role counts as unused.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with trusting as (
    select
        account_id,
        role_arn
    from iam_role_judgements
    where tasks_assume <> 'no'
),

limits as (
    select
        as_of - to_days(
            cast(
                coalesce((
                    select value from thresholds
                    where name = 'unused_role_days'
                ), 90) as integer
            )
        ) as since
    from audit
),

judged as (
    select
        r.account_id,
        r.region,
        r.role_arn,
        r.created_at,
        l.last_used_at,
        bool_or(coalesce(u.in_use, false)) as is_used,
        r.created_at >= (select since from limits) as is_young,
        coalesce(l.last_used_at >= (select since from limits), false) as is_recent,
        l.last_used_region,
        l.last_used_region is not null
        and l.last_used_region not in (
            select s.region from snapshot_scopes as s
            where s.account_id = r.account_id
        ) as is_elsewhere
    from iam_roles as r
    inner join trusting as t on r.account_id = t.account_id and r.role_arn = t.role_arn
    left join iam_role_usage as l on r.account_id = l.account_id and r.role_arn = l.role_arn
    left join iam_role_uses as u on r.account_id = u.account_id and r.role_arn = u.role_arn
    where not starts_with(r.path, '/aws-')
    group by all
)

select
    role_arn as resource,
    cast(null as varchar) as part,
    case
        when is_used or is_young or is_recent then 'pass'
        when is_elsewhere then 'unknown'
        else 'fail'
    end as status,
    case
        when is_used then 'Something that runs uses the role.'
        when is_young then 'The role is young.'
        when is_recent then 'The role was used lately.'
        when is_elsewhere
            then concat('The role was last used in ', last_used_region, ', which was not read.')
        when last_used_at is null then 'Nothing uses the role, and no use of it is on record.'
        else
            concat(
                'Nothing uses the role; its last use was on ',
                strftime(last_used_at, '%Y-%m-%d'),
                '.'
            )
    end as reason,
    account_id,
    region,
    last_used_at,
    created_at
from judged
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No role trusts ECS tasks.' as reason,
    a.account_id,
    a.region,
    null as last_used_at,
    null as created_at
from accounts as a
where a.account_id not in (select account_id from judged);
