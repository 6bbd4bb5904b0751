/* ---
title: AMI family past end of life
severity: high
confidence: certain
why: >
  No security update reaches the host any more.
fix: >
  Move the hosts to the ECS-optimized Amazon Linux 2023 AMI or Bottlerocket.
optional: [auto_scaling_groups, capacity_providers]
effort: medium
snippets:
  cloudformation: |
    ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
--- */
select
    h.container_instance_arn as resource,
    null::varchar as part,
    case
        when g.is_managed or i.image_id is null then 'skip'
        when i.image_name is null then 'unknown'
        when i.family is null and i.source_family is null then 'skip'
        when coalesce(i.end_of_life_at, i.source_end_of_life_at) < audit.as_of then 'fail'
        else 'pass'
    end as status,
    case
        when g.is_managed or i.image_id is null then 'Its AMI is not yours to choose.'
        when i.image_name is null then concat('AWS does not show ', i.image_id, ' any more.')
        when i.family is null and i.source_family is null
            then concat(i.image_name, ' is no ECS-optimized AMI of Amazon.')
        else concat(
            i.image_name, coalesce(concat(', made from ', i.source_name, ','), ''),
            ' of ', coalesce(i.family, i.source_family),
            coalesce(
                concat(
                    ', end of life ',
                    strftime(coalesce(i.end_of_life_at, i.source_end_of_life_at), '%Y-%m-%d')
                ),
                ''
            ),
            '.'
        )
    end as reason,
    i.image_id,
    i.image_name,
    coalesce(i.family, i.source_family) as family,
    coalesce(i.end_of_life_at, i.source_end_of_life_at) as end_of_life_at,
    i.source_name,
    g.group_arn as identity
from container_instances as h
cross join audit
left join container_instance_images as i
    on
        h.account_id = i.account_id and h.region = i.region
        and h.container_instance_arn = i.container_instance_arn
inner join container_instance_groups as g
    on
        h.account_id = g.account_id and h.region = g.region
        and h.container_instance_arn = g.container_instance_arn
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance.' as reason,
    null as image_id,
    null as image_name,
    null as family,
    null as end_of_life_at,
    null as source_name,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
