/* ---
title: Instances whose agent cannot mount the EFS volume of a service
severity: high
confidence: likely
why: >
  A task that lands on such a host fails to start; which host it gets is chance.
fix: >
  Update the container agent (1.38.0 or newer), or replace the hosts.
effort: medium
snippets:
  cli: |
    aws ecs update-container-agent --cluster CLUSTER --container-instance INSTANCE_ID
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
--- */
with able as (
    select
        h.account_id,
        h.region,
        h.container_instance_arn,
        h.agent_version,
        h.agent_version_number,
        count(*) filter (where a.name = 'ecs.capability.efs') > 0 as efs,
        count(*) filter (where a.name = 'ecs.capability.efsAuth') > 0 as efs_auth
    from container_instances as h
    left join container_instance_attributes as a
        on
            h.account_id = a.account_id and h.region = a.region
            and h.container_instance_arn = a.container_instance_arn
    where h.status = 'ACTIVE'
    group by
        h.account_id, h.region, h.container_instance_arn, h.agent_version,
        h.agent_version_number
),

placed as (
    select
        p.account_id,
        p.region,
        p.task_definition_arn,
        p.container_instance_arn,
        p.service_arn
    from task_placements as p
    inner join task_definitions as d
        on
            p.account_id = d.account_id and p.region = d.region
            and p.task_definition_arn = d.task_definition_arn
    where not d.requires_fargate or d.requires_ec2
),

constraints as (
    select
        p.account_id,
        p.region,
        p.task_definition_arn,
        p.service_arn,
        p.container_instance_arn,
        c.expression
    from placed as p
    inner join task_definition_placement_constraints as c
        on
            p.account_id = c.account_id and p.region = c.region
            and p.task_definition_arn = c.task_definition_arn
    union
    select
        p.account_id,
        p.region,
        p.task_definition_arn,
        p.service_arn,
        p.container_instance_arn,
        c.expression
    from placed as p
    inner join service_placement as c
        on
            p.account_id = c.account_id and p.region = c.region
            and p.service_arn = c.service_arn
            and c.type = 'memberOf'
),

-- One term of the cluster query language is judged here; what is longer stays open.
terms as (
    select distinct
        account_id,
        region,
        container_instance_arn,
        expression,
        regexp_extract(expression, '^\s*attribute:([^\s=!]+)', 1) as name,
        regexp_extract(expression, '==\s*(\S+)\s*$', 1) as wanted,
        regexp_full_match(
            expression,
            '\s*attribute:[^\s=!]+\s*(==\s*[\w.:/@-]+|\s(exists|not_exists))\s*'
        ) as is_plain,
        regexp_matches(expression, '\snot_exists\s*$') as is_absent
    from constraints
),

met as (
    select
        t.account_id,
        t.region,
        t.container_instance_arn,
        t.expression,
        case
            when not t.is_plain then null
            when t.is_absent then count(a.name) = 0
            else count(a.name) filter (where t.wanted = '' or a.attribute_value = t.wanted) > 0
        end as is_met
    from terms as t
    left join container_instance_attributes as a
        on
            t.account_id = a.account_id and t.region = a.region
            and t.container_instance_arn = a.container_instance_arn and t.name = a.name
    group by
        t.account_id, t.region, t.container_instance_arn, t.expression, t.name, t.wanted,
        t.is_plain, t.is_absent
),

allowed as (
    select
        p.account_id,
        p.region,
        p.task_definition_arn,
        p.container_instance_arn,
        bool_or(c.expression is not null and m.is_met is null) as is_open
    from placed as p
    left join constraints as c
        on
            p.account_id = c.account_id and p.region = c.region
            and p.task_definition_arn = c.task_definition_arn
            and p.service_arn is not distinct from c.service_arn
            and p.container_instance_arn = c.container_instance_arn
    left join met as m
        on
            c.account_id = m.account_id and c.region = m.region
            and c.container_instance_arn = m.container_instance_arn
            and c.expression = m.expression
    group by p.account_id, p.region, p.task_definition_arn, p.service_arn, p.container_instance_arn
    having not bool_or(coalesce(not m.is_met, false))
),

hosts as (
    select
        l.account_id,
        l.region,
        l.task_definition_arn,
        l.container_instance_arn,
        a.agent_version,
        a.agent_version_number,
        a.efs,
        a.efs_auth,
        bool_and(l.is_open) as is_open
    from allowed as l
    inner join able as a
        on
            l.account_id = a.account_id and l.region = a.region
            and l.container_instance_arn = a.container_instance_arn
    group by
        l.account_id, l.region, l.task_definition_arn, l.container_instance_arn,
        a.agent_version, a.agent_version_number, a.efs, a.efs_auth
),

wanting as (
    select
        v.account_id,
        v.region,
        v.task_definition_arn,
        v.part,
        v.efs_access_point_id is not null or coalesce(v.efs_iam, '') = 'ENABLED'
        or coalesce(d.network_mode, '') = 'awsvpc' as needs_auth
    from volumes as v
    inner join task_definitions as d
        on
            v.account_id = d.account_id and v.region = d.region
            and v.task_definition_arn = d.task_definition_arn
    where v.kind = 'efs'
),

pairs as (
    select
        v.task_definition_arn,
        v.part,
        h.container_instance_arn,
        h.agent_version,
        h.agent_version_number,
        h.is_open,
        not h.efs or (not h.efs_auth and v.needs_auth) as is_unable
    from wanting as v
    left join hosts as h
        on
            v.account_id = h.account_id and v.region = h.region
            and v.task_definition_arn = h.task_definition_arn
),

judged as (
    select
        task_definition_arn,
        part,
        count(container_instance_arn) as instances,
        count(*) filter (where is_unable) as unable,
        count(*) filter (where is_unable and not is_open) as surely_unable,
        min_by(agent_version, agent_version_number) filter (where is_unable) as agent_version
    from pairs
    group by task_definition_arn, part
)

select
    task_definition_arn as resource,
    part,
    case
        when instances = 0 then 'skip'
        when surely_unable > 0 then 'fail'
        when unable > 0 then 'unknown'
        else 'pass'
    end as status,
    case
        when instances = 0 then 'No ACTIVE EC2 instance may run it.'
        when unable > 0
            then concat(
                'Instances that cannot mount it: ', unable, ' of ', instances, '; oldest agent ',
                coalesce(agent_version, 'unknown'), ', floors 1.35.0 and 1.38.0',
                case
                    when surely_unable = 0 then '; placement constraints may leave them out'
                    else ''
                end, '.'
            )
        else concat('Instances: ', instances, '; each can mount it.')
    end as reason,
    agent_version,
    unable,
    instances
from judged
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No EFS volume.' as reason,
    null as agent_version,
    null as unable,
    null as instances
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from judged)
