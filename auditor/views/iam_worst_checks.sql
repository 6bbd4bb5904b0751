/* ---
doc: One row per revision, part and purpose, with the check of a role that speaks for it; the denied one before the unknown one before the allowed one.
columns:
  account_id: Account.
  region: Region.
  task_definition_arn: Revision.
  part: What needs it inside the revision.
  purpose: As in iam_checks.
  status: fail where an action is denied, unknown where one could not be judged, else pass.
  reason: Why, in words.
  role: Name of the role that has to hold it.
  action: Action that is needed.
  needed_resource: Resource it is needed on.
  change: Smallest change that grants it; NULL where it is allowed.
  snippet: Policy statement as JSON text that grants it.
reads: [iam_checks]
--- */
select
    account_id,
    region,
    task_definition_arn,
    part,
    purpose,
    case verdict when 'denied' then 'fail' when 'unknown' then 'unknown' else 'pass' end as status,
    concat(reason, '.') as reason,
    role_name as role,
    action,
    needed_resource,
    fix as change,
    snippet
from iam_checks
qualify row_number() over (
    partition by account_id, region, task_definition_arn, part, purpose
    order by
        case verdict when 'denied' then 0 when 'unknown' then 1 else 2 end,
        action, needed_resource
) = 1;
