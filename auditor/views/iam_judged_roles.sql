/* ---
doc: One row per role and use of it as task, execution or instance role, with what runs under it and what was found of it.
columns:
  account_id: Account.
  region: global.
  role_arn: Role.
  kind: task, execution or instance.
  is_known: The account has such a role.
  in_use: Something that runs uses it so.
  families: Task definition families that name it.
  services: Names of the services that run under it.
  fault: Why its judgement is incomplete; NULL = all of it was judged.
  classes: Risk classes that certainly hold.
reads: [iam_role_uses, iam_role_workloads, iam_risks]
--- */
with running as (
    select
        account_id,
        role_arn,
        kind,
        string_agg(distinct service_name, ', ' order by service_name) as names
    from iam_role_workloads
    group by account_id, role_arn, kind
),

certain as (
    select
        account_id,
        role_arn,
        kind,
        string_agg(distinct risk, ', ' order by risk) as classes
    from iam_risks
    where state = 'certain'
    group by account_id, role_arn, kind
)

select
    u.account_id,
    u.region,
    u.role_arn,
    u.kind,
    u.is_known,
    u.in_use,
    u.families,
    running.names as services,
    u.fault,
    certain.classes
from iam_role_uses as u
left join running
    on u.account_id = running.account_id and u.role_arn = running.role_arn and u.kind = running.kind
left join certain
    on u.account_id = certain.account_id and u.role_arn = certain.role_arn and u.kind = certain.kind
