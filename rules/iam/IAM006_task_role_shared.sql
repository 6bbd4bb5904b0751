/* ---
title: One task role shared by many families
severity: low
confidence: heuristic
why: >
  The role holds the rights of all of them, so each of them has more than it needs.
fix: >
  Give each workload a task role of its own.
effort: medium
optional: [tags]
thresholds:
  shared_role_families: {default: 3, unit: families, doc: Families in use under one task role that are worth a finding.}
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
--- */
with shared as (
    select
        account_id,
        task_role_arn,
        count(distinct family) as families,
        count(distinct regexp_extract(family, '^[^-_]+')) as stems,
        string_agg(distinct family, ', ' order by family) as names
    from task_definitions
    where in_use and task_role_arn is not null
    group by account_id, task_role_arn
),

granting as (
    select distinct
        account_id,
        role_arn
    from iam_role_policies
    where kind <> 'boundary'
),

tagged as (
    select
        d.account_id,
        d.task_role_arn,
        lower(t.name) as tag,
        count(distinct t.value) as owners
    from task_definitions as d
    left join services as s on d.task_definition_arn = s.task_definition_arn
    inner join tags as t on t.resource_arn in (d.task_definition_arn, s.service_arn)
    where d.in_use and lower(t.name) in ('owner', 'team')
    group by d.account_id, d.task_role_arn, tag
),

owned as (
    select
        account_id,
        task_role_arn,
        max(owners) as owners
    from tagged
    group by account_id, task_role_arn
)

select
    s.task_role_arn as resource,
    null::varchar as part,
    case
        when g.role_arn is null then 'pass'
        when
            (s.stems > 1 or o.owners > 1)
            and s.families >= coalesce(
                (
                    select value from thresholds
                    where name = 'shared_role_families'
                ), 3
            )
            then 'fail'
        else 'pass'
    end as status,
    case
        when g.role_arn is null then 'The role has no policy.'
        when s.stems > 1 or o.owners > 1
            then concat(
                'Families that run under the role: ', s.names,
                case when o.owners > 1 then concat('; owners by tag: ', o.owners) end, '.'
            )
        else 'The families that share the role belong together by name.'
    end as reason,
    s.account_id,
    'global' as region,
    s.families,
    s.stems,
    o.owners
from shared as s
left join owned as o
    on s.account_id = o.account_id and s.task_role_arn = o.task_role_arn
left join granting as g
    on s.account_id = g.account_id and s.task_role_arn = g.role_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'Nothing in use has a task role.' as reason,
    a.account_id,
    a.region,
    null as families,
    null as stems,
    null as owners
from accounts as a
where a.account_id not in (select account_id from shared);
