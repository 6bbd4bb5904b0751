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
    v.task_definition_arn as resource,
    v.part,
    case when coalesce(v.efs_transit_encryption, 'DISABLED') <> 'ENABLED' then 'fail' else 'pass' end as status,
    case when coalesce(v.efs_transit_encryption, 'DISABLED') <> 'ENABLED' then concat('Transit encryption is ', coalesce(v.efs_transit_encryption, 'not stated, so off'), '.') else 'Transit encryption is on.' end as reason,
    v.efs_file_system_id, v.efs_transit_encryption
from volumes as v
join task_definitions as d
    on
        v.account_id = d.account_id and v.region = d.region
        and v.task_definition_arn = d.task_definition_arn
where v.kind = 'efs'
union all
select
    d.task_definition_arn as resource,
    null as part,
    'skip' as status,
    'No volume of this kind.' as reason,
    null as efs_file_system_id, null as efs_transit_encryption
from task_definitions as d
where d.task_definition_arn not in (select task_definition_arn from volumes where kind = 'efs');
