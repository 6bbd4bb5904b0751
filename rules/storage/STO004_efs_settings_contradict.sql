/* ---
title: EFS settings that contradict each other
severity: high
confidence: likely
why: >
  IAM authorisation and access points need transit encryption, an access point fixes its own
  root directory, and IAM authorisation without a task role has nobody to authorise: the
  mount is refused and the task does not start.
fix: >
  Set transitEncryption to ENABLED, leave rootDirectory out beside an access point, and give
  the definition a task role.
effort: small
snippets:
  cloudformation: |
    TaskRoleArn: TASK_ROLE_ARN
    Volumes:
      - Name: VOLUME
        EFSVolumeConfiguration:
          FilesystemId: FILE_SYSTEM_ID
          TransitEncryption: ENABLED
          AuthorizationConfig:
            AccessPointId: ACCESS_POINT_ID
            IAM: ENABLED
refs:
  - https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
--- */
select
    v.task_definition_arn as resource,
    v.part,
    case
        when
            v.efs_iam = 'ENABLED'
            and (v.efs_transit_encryption is distinct from 'ENABLED' or d.task_role_arn is null)
            then 'fail'
        when
            v.efs_access_point_id is not null
            and (
                v.efs_transit_encryption is distinct from 'ENABLED'
                or coalesce(nullif(v.efs_root_directory, ''), '/') <> '/'
            )
            then 'fail'
        else 'pass'
    end as status,
    concat(
        'Transit encryption ', coalesce(v.efs_transit_encryption, 'DISABLED'), ', IAM ',
        coalesce(v.efs_iam, 'DISABLED'), ', access point ',
        coalesce(v.efs_access_point_id, 'none'), ', root directory ',
        coalesce(nullif(v.efs_root_directory, ''), '/'),
        ', task role ',
        coalesce(d.task_role_arn, 'none'),
        '.'
    ) as reason,
    v.efs_file_system_id
from volumes as v
inner join task_definitions as d
    on
        v.account_id = d.account_id and v.region = d.region
        and v.task_definition_arn = d.task_definition_arn
where v.kind = 'efs'
union all
select
    task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No EFS volume.' as reason,
    null as efs_file_system_id
from task_definitions
where task_definition_arn not in (
    select task_definition_arn from volumes
    where kind = 'efs'
)
