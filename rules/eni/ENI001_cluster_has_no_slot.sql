/* ---
title: No awsvpc slot left in the cluster
severity: high
confidence: certain
why: >
  No further awsvpc task can be placed: the next deployment or scale-out hangs.
fix: >
  Turn on ENI trunking, use larger instances, or add hosts.
effort: medium
snippets:
  cli: |
    # Instances that start afterwards have the higher limit; replace the hosts.
    aws ecs put-account-setting-default --name awsvpcTrunking --value enabled
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
--- */
with judged as (
    select
        account_id,
        region,
        cluster_arn,
        bool_or(is_full) as is_full,
        bool_or(free_slots = 0 and not can_grow) as is_unknown,
        min(free_slots) as free_slots,
        max(instances) as instances,
        string_agg(distinct service_arn, ' ' order by service_arn) filter (where is_full)
            as services
    from service_eni_slots
    group by account_id, region, cluster_arn
)

select
    c.cluster_arn as resource,
    null::varchar as part,
    case
        when j.cluster_arn is null then 'skip'
        when j.is_full then 'fail'
        when j.is_unknown then 'unknown'
        else 'pass'
    end as status,
    case
        when j.cluster_arn is null then 'No awsvpc service on connected EC2 hosts.'
        when j.is_full
            then concat(
                'No interface is left for ', j.services, ' on ', j.instances,
                case j.instances when 1 then ' instance.' else ' instances.' end
            )
        when j.is_unknown then 'The limit of some instance type is not known.'
        else concat('Interfaces left: at least ', j.free_slots, ', or hosts can be added.')
    end as reason,
    j.free_slots,
    j.instances,
    j.services
from clusters as c
left join judged as j
    on c.account_id = j.account_id and c.region = j.region and c.cluster_arn = j.cluster_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No cluster.' as reason,
    null as free_slots,
    null as instances,
    null as services
from accounts as a
where a.account_id not in (select account_id from clusters)
