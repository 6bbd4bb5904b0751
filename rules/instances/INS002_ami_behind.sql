/* ---
title: AMI behind the recommended release
severity: medium
confidence: likely
why: >
  ECS-optimized AMIs carry the patches: the age of the AMI is the age of the last patch.
fix: >
  Refresh the instances with the recommended AMI.
effort: medium
thresholds:
  ami_max_lag_days: {default: 45, unit: days, doc: Days that an AMI may be behind the recommended release.}
yields_to: [INS001]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
--- */
with dated as (
    select h.account_id, h.region, h.container_instance_arn, h.cluster_arn, i.image_name,
        case
            when starts_with(i.image_name, 'al2023-ami-ecs-') then 'amazon-linux-2023'
            when starts_with(i.image_name, 'amzn2-ami-ecs-') then 'amazon-linux-2'
        end as family,
        nullif(regexp_extract(i.image_name, '20[0-9]{6}'), '') as release
    from container_instances as h
    left join ec2_instances as e
        on
            h.account_id = e.account_id and h.region = e.region
            and h.ec2_instance_id = e.ec2_instance_id
    left join ec2_images as i
        on
            h.account_id = i.account_id and h.region = i.region
            and coalesce(e.image_id, h.image_id) = i.image_id
),

recommended as (
    select account_id, region, family, max(released_at) as released_at
    from recommended_amis
    group by account_id, region, family
),

judged as (
    select dated.*, recommended.released_at,
        date_diff(
            'day',
            make_date(left(release, 4)::bigint, substr(release, 5, 2)::bigint, substr(release, 7, 2)::bigint),
            recommended.released_at::date
        ) as days_behind
    from dated
    left join recommended
        on
            dated.account_id = recommended.account_id and dated.region = recommended.region
            and dated.family = recommended.family
)

select
    container_instance_arn as resource,
    null::varchar as part,
    case
        when family is null then 'skip'
        when days_behind is null then 'unknown'
        when
            days_behind
            > coalesce((select value from thresholds where name = 'ami_max_lag_days'), 45)
            then 'fail'
        else 'pass'
    end as status,
    case
        when family is null then 'No ECS-optimized Amazon Linux AMI.'
        when days_behind is null then 'No recommended release could be read.'
        else concat(image_name, ' is ', days_behind, ' days behind the recommended release.')
    end as reason,
    image_name,
    days_behind,
    cluster_arn as identity
from judged
union all
select
    a.account_arn as resource, null as part, 'skip' as status,
    'No container instance.' as reason, null as image_name, null as days_behind, null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances);
