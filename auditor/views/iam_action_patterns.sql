/* ---
doc: One row per action pattern of a role's policy statements that IAM takes; NotAction left out.
columns:
  account_id: Account.
  role_arn: Role.
  part: Path of the statement inside the role.
  policy_name: Policy.
  sid: Statement id.
  effect: Allow or Deny.
  pattern: Action pattern in lower case, as GLOB takes it.
  resources: Resources of the statement, blank separated.
  not_resource: NotResource is used.
  condition_keys: Condition keys in lower case, blank separated.
reads: [iam_statements]
--- */
select
    account_id,
    role_arn,
    part,
    policy_name,
    sid,
    effect,
    unnest(string_split(lower(actions), ' ')) as pattern,
    resources,
    not_resource,
    coalesce(condition_keys, '') as condition_keys
from iam_statements
where starts_with(part, 'policy/') and not not_action;
