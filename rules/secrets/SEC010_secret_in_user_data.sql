/* ---
title: Secret in the user data of container instances
severity: high
confidence: likely
why: >
  Every process on the instance and every task that reaches the metadata service reads the user
  data, and so does everyone who may describe the instance or its launch template.
fix: >
  Fetch the value at boot with the instance role, and give registries' logins to the tasks
  through repositoryCredentials.
effort: medium
snippets:
  cli: |
    aws secretsmanager get-secret-value --secret-id SECRET_ARN \
      --query SecretString --output text
refs:
  - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
--- */
with templates as (
    select
        account_id,
        region,
        launch_template_arn,
        launch_template_id,
        bool_or(has_user_data) as has_user_data
    from launch_templates
    group by account_id, region, launch_template_arn, launch_template_id
),

hosts as (
    select
        i.account_id,
        i.region,
        i.ec2_instance_arn,
        i.has_user_data,
        coalesce(t.launch_template_arn, i.ec2_instance_arn) as resource,
        coalesce(t.launch_template_arn, g.auto_scaling_group_arn, c.cluster_arn) as lasting_arn
    from ec2_instances as i
    inner join container_instances as c
        on
            i.account_id = c.account_id and i.region = c.region
            and i.ec2_instance_id = c.ec2_instance_id
    left join auto_scaling_groups as g
        on
            i.account_id = g.account_id and i.region = g.region
            and i.auto_scaling_group_name = g.auto_scaling_group_name
    left join templates as t
        on
            i.account_id = t.account_id and i.region = t.region
            and i.launch_template_id = t.launch_template_id
),

sources as (
    select
        account_id,
        region,
        resource,
        lasting_arn,
        ec2_instance_arn as source,
        has_user_data,
        1 as instances
    from hosts
    union all
    select
        account_id,
        region,
        launch_template_arn as resource,
        launch_template_arn as lasting_arn,
        launch_template_arn as source,
        has_user_data,
        0 as instances
    from templates
),

found as (
    select
        account_id,
        region,
        resource_arn,
        count(*) filter (where value_class = 'secret') as secrets,
        count(*) filter (where value_class = 'unclassified') as unreadable,
        min(value_kind) filter (where value_class = 'secret') as value_kind,
        min(position) filter (where value_class = 'secret') as position
    from ec2_user_data_hits
    group by account_id, region, resource_arn
),

judged as (
    select
        s.account_id,
        s.region,
        s.resource,
        s.lasting_arn,
        sum(s.instances) as instances,
        bool_or(s.has_user_data is null) as refused,
        bool_or(coalesce(f.secrets, 0) > 0) as has_secret,
        bool_or(coalesce(f.unreadable, 0) > 0) as unreadable,
        max(f.secrets) as secrets,
        min(f.value_kind) as value_kind,
        min(f.position) as position
    from sources as s
    left join found as f
        on
            s.account_id = f.account_id and s.region = f.region
            and s.source = f.resource_arn
    group by s.account_id, s.region, s.resource, s.lasting_arn
)

select
    resource,
    null as part,
    case
        when has_secret then 'fail'
        when refused or unreadable then 'unknown'
        else 'pass'
    end as status,
    case
        when has_secret
            then concat('The user data holds a secret (', value_kind, ', ', position, ').')
        when refused then 'The user data could not be read.'
        when unreadable then 'The user data could not be unpacked or classified.'
        else 'The user data holds no secret.'
    end as reason,
    account_id,
    region,
    instances,
    secrets,
    value_kind,
    position,
    lasting_arn as identity
from judged
union all
select
    c.cluster_arn as resource,
    null as part,
    'skip' as status,
    'The cluster has no container instance in EC2.' as reason,
    c.account_id,
    c.region,
    0 as instances,
    null as secrets,
    null as value_kind,
    null as position,
    null as identity
from clusters as c
where
    c.cluster_arn not in (
        select cluster_arn from container_instances
        where starts_with(ec2_instance_id, 'i-')
    );
