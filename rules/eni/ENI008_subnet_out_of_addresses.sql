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
with demand as (
    select n.account_id, n.region, n.id as subnet_id,
        sum(coalesce(s.desired_count, 0) * greatest(coalesce(s.maximum_percent, 200) - 100, 0) / 100.0)
            as surge,
        sum(coalesce(s.desired_count, 0)) as desired
    from service_network as n
    join services as s
        on
            n.account_id = s.account_id and n.region = s.region
            and n.service_arn = s.service_arn
    where n.kind = 'subnet'
    group by n.account_id, n.region, n.id
)

select
    b.subnet_arn as resource,
    null::varchar as part,
    case
        when coalesce(b.ipv6_native, false) or coalesce(demand.desired, 0) = 0 then 'skip'
        when b.available_ip_address_count < greatest(8, demand.surge) then 'fail'
        else 'pass'
    end as status,
    case
        when coalesce(b.ipv6_native, false) or coalesce(demand.desired, 0) = 0
            then 'No service places tasks here.'
        else concat(b.available_ip_address_count, ' addresses free, a surge may need ', ceil(demand.surge)::bigint, '.')
    end as reason,
    b.available_ip_address_count,
    ceil(demand.surge)::bigint as surge
from subnets as b
left join demand
    on b.account_id = demand.account_id and b.region = demand.region and b.subnet_id = demand.subnet_id
union all
select
    a.account_arn as resource, null as part, 'skip' as status, 'No subnet in use.' as reason,
    null as available_ip_address_count, null as surge
from accounts as a
where a.account_id not in (select account_id from subnets);
