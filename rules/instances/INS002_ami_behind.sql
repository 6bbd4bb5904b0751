/* ---
title: AMI behind the recommended release
severity: medium
confidence: likely
why: >
  ECS-optimized AMIs carry the patches: the age of the AMI is the age of the last patch.
fix: >
  Refresh the instances with the recommended AMI.
optional: [auto_scaling_groups, capacity_providers]
effort: medium
thresholds:
  ami_max_age_days: {default: 45, unit: days, doc: Days that an AMI may be behind the recommended release.}
yields_to: [INS001]
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
--- */
with dated as (
    select
        h.account_id,
        h.region,
        h.container_instance_arn,
        i.image_id,
        i.image_name,
        i.family,
        g.group_arn,
        h.is_external or g.is_managed as is_foreign,
        -- What is left of the name is family, architecture and variant.
        regexp_replace(
            i.image_name,
            '-([0-9.]+\.)?20[0-9]{2}\.?[01][0-9]\.?[0-3][0-9]|-kernel-[0-9.]+|-ebs$', '', 'g'
        ) as variant,
        i.release
    from container_instances as h
    left join container_instance_images as i
        on
            h.account_id = i.account_id and h.region = i.region
            and h.container_instance_arn = i.container_instance_arn
    inner join container_instance_groups as g
        on
            h.account_id = g.account_id and h.region = g.region
            and h.container_instance_arn = g.container_instance_arn
),

recommended as (
    select
        account_id,
        region,
        regexp_replace(
            image_name,
            '-([0-9.]+\.)?20[0-9]{2}\.?[01][0-9]\.?[0-3][0-9]|-kernel-[0-9.]+|-ebs$', '', 'g'
        ) as variant,
        max(released_at) as released_at,
        max_by(image_name, released_at) as recommended_image_name
    from recommended_amis
    group by account_id, region, variant
),

judged as (
    select
        d.*,
        r.released_at,
        r.recommended_image_name,
        date_diff(
            'day',
            try_strptime(d.release, '%Y%m%d'),
            r.released_at
        ) as days_behind
    from dated as d
    left join recommended as r
        on d.account_id = r.account_id and d.region = r.region and d.variant = r.variant
)

select
    container_instance_arn as resource,
    null::varchar as part,
    case
        when is_foreign or image_id is null then 'skip'
        when image_name is null then 'unknown'
        when family is null or starts_with(family, 'Bottlerocket') then 'skip'
        when days_behind is null then 'unknown'
        when
            days_behind
            > coalesce((
                select value from thresholds
                where name = 'ami_max_age_days'
            ), 45)
            then 'fail'
        else 'pass'
    end as status,
    case
        when is_foreign or image_id is null then 'Its AMI is not yours to choose.'
        when image_name is null then concat('AWS does not show ', image_id, ' any more.')
        when family is null or starts_with(family, 'Bottlerocket')
            then concat(image_name, ' is no ECS-optimized AMI that is replaced to be updated.')
        when days_behind is null then concat('No release is recommended for ', image_name, '.')
        else concat(
            image_name,
            ' is ',
            greatest(days_behind, 0),
            case days_behind when 1 then ' day' else ' days' end,
            ' behind ',
            recommended_image_name,
            '.'
        )
    end as reason,
    image_id,
    image_name,
    recommended_image_name,
    days_behind,
    group_arn as identity
from judged
union all
select
    a.account_arn as resource,
    null as part,
    'skip' as status,
    'No container instance.' as reason,
    null as image_id,
    null as image_name,
    null as recommended_image_name,
    null as days_behind,
    null as identity
from accounts as a
where a.account_id not in (select account_id from container_instances)
