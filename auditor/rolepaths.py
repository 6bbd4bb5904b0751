"""The riskiest roles with what runs under them, for the report."""

from __future__ import annotations

from typing import Any

from auditor.findings import RolePath
from auditor.grounds import records

ORDER = ("ADMIN", "PRIV_ESC", "TRUST_PUBLIC", "SERVICE_WILDCARD", "PASSROLE_OPEN", "DATA_EXFIL",
         "ECS_AGENT_IMPERSONATION", "ASSUME_ANY", "CREDENTIALS_EXPOSURE")  # fmt: skip
USERS = """
select d.task_role_arn, d.execution_role_arn, d.task_definition_arn, s.service_arn
from task_definitions as d
left join services as s
    on d.account_id = s.account_id and d.region = s.region
    and d.task_definition_arn = s.task_definition_arn
where d.in_use
"""


def paths(snapshot: Any, limit: int = 12) -> list[RolePath]:
    """Return one path for each risky role in use, by its worst class."""
    worst: dict[tuple[str, str], dict[str, Any]] = {}
    for row in records(snapshot, "select * from iam_risks where in_use order by all"):
        if row["risk"] in ORDER:
            key = (row["role_arn"], row["kind"])
            if key not in worst or _rank(row) < _rank(worst[key]):
                worst[key] = row
    users = records(snapshot, USERS)
    chosen = sorted(worst.values(), key=lambda r: (_rank(r), r["role_arn"], r["kind"]))[:limit]
    return [_path(row, users) for row in chosen]


def _rank(row: dict[str, Any]) -> tuple[int, bool]:
    return ORDER.index(row["risk"]), row["state"] != "certain"


def _path(row: dict[str, Any], users: list[dict[str, Any]]) -> RolePath:
    column = f"{row['kind']}_role_arn"
    mine = [u for u in users if u.get(column) == row["role_arn"]]
    return RolePath(
        row["account_id"], row["role_arn"], row["kind"], row["risk"], row["state"],
        sorted({u["service_arn"] for u in mine if u["service_arn"]}),
        sorted({u["task_definition_arn"] for u in mine}), row["evidence"],
    )  # fmt: skip
