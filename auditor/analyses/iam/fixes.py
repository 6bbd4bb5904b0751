"""The smallest change that takes a risk class away, with a statement that does it where one can."""

from __future__ import annotations

import json
from typing import NamedTuple

from auditor.analyses.iam.classes import AGENT, principal
from auditor.analyses.iam.masks import Place
from auditor.analyses.iam.risks import Risk

CHANGES = {
    "ADMIN": "Replace {where} by the actions that the workload calls",
    "SERVICE_WILDCARD": "List the actions and name the resources in {where} instead of {action}",
    "PRIV_ESC": "Take {action} out of {where}, or name the resources there",
    "PASSROLE_OPEN": "Name the roles in {where}, and add a condition on iam:PassedToService",
    "ASSUME_ANY": "Name the roles to assume in {where}",
    "DATA_EXFIL": "Name the resources of {action} in {where}",
    "RESOURCE_EXPOSURE": "Name the resources of {action} in {where}, or take it out",
    "INFRA_MODIFY": "Name the resources of {action} in {where}",
    "CREDENTIALS_EXPOSURE": "Take {action} out of {where}, or name its resources",
    "ECS_AGENT_IMPERSONATION": "Take {action} out of {where}, or add a statement that denies it",
    "ECS_EXEC_ANY": "Add a condition on ecs:cluster to {where}, or name the tasks",
    "ECS_NO_CLUSTER_SCOPE": "Add a condition on ecs:cluster to {where}",
    "INSTANCE_ROLE_EXCESS": "Move {action} from {where} to the task role that needs it",
    "TRUST_PUBLIC": "Name the principals in trust {where}",
    "TRUST_CROSS_ACCOUNT": "Take the account out of trust {where}, or ask for an external id",
    "TRUST_OTHER_SERVICE": "Take the service out of trust {where}",
    "TRUST_NO_SOURCE": "Add a condition on aws:SourceAccount to trust {where}",
}


class Change(NamedTuple):
    """What to do, and the JSON text to put in."""

    fix: str
    snippet: str | None = None


def change(risk: Risk, place: Place) -> Change:
    """Return the smallest change that takes a class away."""
    where = f"statement {risk.statement}"
    if risk.policy != "trust":
        where += f" of policy {risk.policy}"
    action = risk.action if " + " in risk.action else risk.action.replace(" ", ", ")
    words = CHANGES[risk.name].format(where=where, action=action)
    snippet = _snippet(risk, place)
    return Change(f"{words}.", json.dumps(snippet) if snippet else None)


def _snippet(risk: Risk, place: Place) -> dict[str, object] | None:
    if risk.name == "TRUST_NO_SOURCE" and place.account:
        return {"Condition": {"StringEquals": {"aws:SourceAccount": place.account}}}
    if risk.name == "ECS_AGENT_IMPERSONATION":
        return {"Effect": "Deny", "Action": list(AGENT), "Resource": "*"}
    if risk.name == "PASSROLE_OPEN":
        service = principal("ecs-tasks", place.partition)
        return {"Condition": {"StringEquals": {"iam:PassedToService": service}}}
    return None
