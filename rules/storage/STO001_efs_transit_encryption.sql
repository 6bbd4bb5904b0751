/* ---
title: EFS volume without transit encryption
severity: medium
confidence: certain
why: >
  File contents cross the network in clear text.
fix: >
  Set transitEncryption to ENABLED.
effort: small
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
--- */
select
    task_definition_arn as resource,
    part,
    case
        when efs_transit_encryption = 'ENABLED' then 'pass'
        when efs_iam = 'ENABLED' or efs_access_point_id is not null then 'skip'
        else 'fail'
    end as status,
    case
        when efs_transit_encryption = 'ENABLED' then 'Transit encryption is on.'
        when efs_iam = 'ENABLED' or efs_access_point_id is not null
            then 'The settings contradict each other (STO004).'
        else 'Transit encryption is off.'
    end as reason,
    efs_file_system_id,
    efs_transit_encryption
from volumes
where kind = 'efs'
union all
select
    task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No EFS volume.' as reason,
    null as efs_file_system_id,
    null as efs_transit_encryption
from task_definitions
where task_definition_arn not in (
    select task_definition_arn from volumes
    where kind = 'efs'
)
