/* ---
doc: One row per container instance on EC2 with its AMI, the family and the release that the name of an AMI of Amazon tells.
columns:
  account_id: Account.
  region: Region.
  container_instance_arn: Host.
  image_id: AMI.
  image_name: Name of the AMI; NULL where AWS no longer shows it.
  is_amazons: The AMI is Amazon's own.
  family: Family of ECS-optimized AMIs of Amazon; NULL for any other AMI.
  end_of_life_at: End of life of the family.
  release: Release in the name, YYYYMMDD.
  source_name: Name of the AMI of Amazon that an own AMI was made from.
  source_family: Its family of ECS-optimized AMIs; NULL for any other AMI.
  source_end_of_life_at: End of life of that family.
reads: [container_instances, ec2_instances, ec2_images, ami_families]
--- */
select
    h.account_id,
    h.region,
    h.container_instance_arn,
    coalesce(e.image_id, h.image_id) as image_id,
    i.image_name,
    coalesce(i.owner_alias, '') = 'amazon' as is_amazons,
    f.family,
    f.end_of_life_at,
    nullif(
        replace(regexp_extract(i.image_name, '20[0-9]{2}\.?[01][0-9]\.?[0-3][0-9]'), '.', ''), ''
    ) as release,
    o.image_name as source_name,
    p.family as source_family,
    p.end_of_life_at as source_end_of_life_at
from container_instances as h
left join ec2_instances as e
    on
        h.account_id = e.account_id and h.region = e.region
        and h.ec2_instance_id = e.ec2_instance_id
left join ec2_images as i
    on
        h.account_id = i.account_id and h.region = i.region
        and coalesce(e.image_id, h.image_id) = i.image_id
left join ami_families as f
    on
        starts_with(i.image_name, f.name_prefix) and contains(lower(i.image_name), 'ecs')
        and coalesce(i.owner_alias, '') = 'amazon'
left join ec2_images as o
    on
        i.account_id = o.account_id and i.region = o.region
        and i.amazon_image_id = o.image_id and i.image_id <> o.image_id
left join ami_families as p
    on starts_with(o.image_name, p.name_prefix) and contains(lower(o.image_name), 'ecs')
where not h.is_external
