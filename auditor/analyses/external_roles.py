"""What the roles of External container instances hold: their keys lie in a file on the machine."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analyses.base import Analysis, Queryable, records
from auditor.analyses.iam.risks import administrator
from auditor.analyses.role_documents import evaluated_role, fault_of, roles_of
from auditor.analyses.role_tables import READS
from auditor.analyses.roles import granting
from auditor.schema import Column, Row, Scope, Table

C = Column
EXTERNAL = Table(
    "iam_external_rights",
    "One row per action that the role of an External container instance holds; a first row without "
    "an action stands for the role itself.",
    (
        C("role_arn", "VARCHAR", "Role."),
        C("role_name", "VARCHAR", "Role name."),
        C("action", "VARCHAR", "Action as AWS spells it; * for an administrator."),
        C("policy_name", "VARCHAR", "Policy that grants it, the first of several."),
        C("statement", "VARCHAR", "Its statement: Sid, else index."),
        C("fault", "VARCHAR", "Why the judgement is incomplete; NULL = all of it was judged."),
    ),
    reads=(*READS, "container_instances", "ssm_managed_instances"),
)
HOSTS = """
select distinct c.account_id, r.role_arn
from container_instances as c
join ssm_managed_instances as m
    on c.account_id = m.account_id and c.region = m.region
    and c.ec2_instance_id = m.managed_instance_id
join iam_roles as r on m.account_id = r.account_id and m.role_name = r.role_name
where c.is_external
"""


def compute(snapshot: Queryable) -> Iterator[tuple[Table, Row]]:
    """Yield the roles of External instances, then what each holds."""
    roles = roles_of(snapshot)
    for found in records(snapshot, HOSTS):
        role = roles[found["role_arn"]]
        scope, held = Scope(found["account_id"], "global"), evaluated_role(role)
        given = {"role_arn": role["role_arn"], "role_name": role["role_name"]}
        yield EXTERNAL, EXTERNAL.row(scope, {}, **given, fault=fault_of(role))
        admin = administrator(held)
        is_admin = admin and admin.state == "certain"
        rights = [(admin.by, ["*"])] if admin and is_admin else granting(held)
        for by, names in rights:
            for name in names:
                yield EXTERNAL, EXTERNAL.row(scope, {}, **given, action=name,
                                             policy_name=by.policy,
                                             statement=by.statement.name)  # fmt: skip


ANALYSIS = Analysis((EXTERNAL,), compute, 1)
