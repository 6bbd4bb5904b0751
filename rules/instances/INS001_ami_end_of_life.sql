/* ---
title: AMI family past end of life
severity: high
confidence: certain
why: >
  No security update reaches the host any more.
fix: >
  Move the hosts to the ECS-optimized Amazon Linux 2023 AMI or Bottlerocket.
effort: medium
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
--- */
select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when f.family is null then 'skip'
        when false then 'unknown'
        when f.end_of_life_at < audit.as_of then 'fail'
        else 'pass'
    end as status,
    concat('AMI ', coalesce(i.image_name, 'unknown'), coalesce(concat(' of ', f.family), ''), coalesce(concat(', end of life ', strftime(f.end_of_life_at, '%Y-%m-%d')), ''), '.') as reason,
    i.image_name, f.family, f.end_of_life_at,
    coalesce(p.auto_scaling_group_arn, h.cluster_arn) as identity
from container_instances as h
left join ec2_instances as e
    on
        h.account_id = e.account_id and h.region = e.region
        and h.ec2_instance_id = e.ec2_instance_id
left join auto_scaling_groups as p
    on
        e.account_id = p.account_id and e.region = p.region
        and e.auto_scaling_group_name = p.auto_scaling_group_name
left join ec2_images as i
    on
        h.account_id = i.account_id and h.region = i.region
        and coalesce(e.image_id, h.image_id) = i.image_id
left join ami_families as f on starts_with(i.image_name, f.name_prefix)
cross join audit
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as image_name, null as family, null as end_of_life_at, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
