/* ---
title: Subnet nearly out of IP addresses
severity: high
confidence: likely
why: >
  A deployment needs addresses for its surge; without them new tasks stay in PROVISIONING.
fix: >
  Add a subnet or a larger range, or lower the surge.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
--- */
with wanted as (
    select
        n.account_id,
        n.region,
        n.service_arn,
        n.id as subnet_id,
        s.desired_count,
        ceil(
            s.desired_count * greatest(coalesce(s.maximum_percent, 200) - 100, 0) / 100.0
        )::bigint as surge
    from service_network as n
    inner join services as s
        on
            n.account_id = s.account_id and n.region = s.region
            and n.service_arn = s.service_arn
    where n.kind = 'subnet' and s.desired_count > 0
),

-- ECS spreads over zones: another subnet of the same zone takes what this one cannot.
covered as (
    select distinct
        w.account_id,
        w.region,
        w.service_arn,
        w.subnet_id
    from wanted as w
    inner join subnets as b
        on w.account_id = b.account_id and w.region = b.region and w.subnet_id = b.subnet_id
    inner join wanted as o
        on
            w.account_id = o.account_id and w.region = o.region
            and w.service_arn = o.service_arn and w.subnet_id <> o.subnet_id
    inner join subnets as x
        on
            o.account_id = x.account_id and o.region = x.region and o.subnet_id = x.subnet_id
            and b.availability_zone = x.availability_zone
    where x.available_ip_address_count >= greatest(8, w.surge)
),

standalone as (
    select distinct
        a.account_id,
        a.region,
        a.subnet_id,
        0 as surge,
        false as is_covered
    from task_attachments as a
    inner join tasks as t
        on a.account_id = t.account_id and a.region = t.region and a.task_arn = t.task_arn
    where
        a.type = 'ElasticNetworkInterface' and t.service_name is null
        and coalesce(t.last_status, 'RUNNING') <> 'STOPPED'
),

demand as (
    select
        account_id,
        region,
        subnet_id,
        (sum(surge) filter (where not is_covered))::bigint as surge
    from (
        select
            w.account_id,
            w.region,
            w.subnet_id,
            w.surge,
            c.service_arn is not null as is_covered
        from wanted as w
        left join covered as c
            on
                w.account_id = c.account_id and w.region = c.region
                and w.service_arn = c.service_arn and w.subnet_id = c.subnet_id
        union all
        select
            account_id,
            region,
            subnet_id,
            surge,
            is_covered
        from standalone
    ) as used
    group by account_id, region, subnet_id
)

select
    b.subnet_arn as resource,
    null::varchar as part,
    case
        when coalesce(b.ipv6_native, false) or d.subnet_id is null then 'skip'
        when d.surge is null then 'pass'
        when b.available_ip_address_count is null then 'unknown'
        when b.available_ip_address_count < greatest(8, d.surge) then 'fail'
        else 'pass'
    end as status,
    case
        when coalesce(b.ipv6_native, false) then 'The subnet has IPv6 addresses alone.'
        when d.subnet_id is null then 'No awsvpc task is placed here.'
        when b.available_ip_address_count is null then 'The free addresses are not known.'
        when d.surge is null then 'Another subnet of the zone has room for each service.'
        else concat(
            'Addresses free: ', b.available_ip_address_count, '; a surge may need ', d.surge, '.'
        )
    end as reason,
    b.available_ip_address_count,
    d.surge,
    b.availability_zone
from subnets as b
left join demand as d
    on b.account_id = d.account_id and b.region = d.region and b.subnet_id = d.subnet_id
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No subnet in use.' as reason,
    null as available_ip_address_count,
    null as surge,
    null as availability_zone
from accounts as a
where a.account_id not in (select account_id from subnets)
