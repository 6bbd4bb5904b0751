"""Policy documents: normalised text, and one row a statement for resource policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from auditor.schema import Column, Row, Scope, Table, segment

C = Column
STATEMENT = (
    C("resource_arn", "VARCHAR", "Resource that carries the policy."),
    C("part", "VARCHAR", "Path inside the resource: policy/statement/SID-or-index."),
    C("sid", "VARCHAR", "Statement id."),
    C("effect", "VARCHAR", "Allow or Deny, as written."),
    C("valid", "BOOLEAN", "The document could be read and the statement is an object."),
    C("is_public", "BOOLEAN", "Principal * or AWS:*; NotPrincipal counts too."),
    C("principals", "VARCHAR", "Principals as TYPE:VALUE, blank separated."),
    C("not_action", "BOOLEAN", "Actions are those excluded (NotAction)."),
    C("actions", "VARCHAR", "Actions in lower case, blank separated."),
    C("resources", "VARCHAR", "Resources, blank separated."),
    C("condition_keys", "VARCHAR", "Condition keys in lower case, blank separated."),
    C("conditions", "VARCHAR", "Conditions as JSON text, for reading by people."),
)
RESOURCE_POLICIES = Table(
    "resource_policies",
    "One row per policy of a secret, repository, key, bucket or file system that was asked for.",
    (
        C("resource_arn", "VARCHAR", "Resource that carries the policy."),
        C("service", "VARCHAR", "Service that holds it."),
        C("document", "VARCHAR", "The policy as JSON text; NULL where the resource has none."),
    ),
)
RESOURCE_POLICY_STATEMENTS = Table(
    "resource_policy_statements", "One row per statement of a resource policy.", STATEMENT
)


def text_of(document: Any) -> str | None:
    """Return a policy document as JSON text, whatever the API handed over."""
    if document is None:
        return None
    if isinstance(document, dict):
        return json.dumps(document, sort_keys=True, default=str)
    text = str(document)
    return text if text.lstrip().startswith("{") else unquote(text)


def policy_rows(scope: Scope, arn: str, service: str, document: Any) -> Iterator[tuple[Table, Row]]:
    """Yield a resource policy and its statements; ``document`` None means it has none."""
    text = text_of(document)
    yield (
        RESOURCE_POLICIES,
        RESOURCE_POLICIES.row(scope, {}, resource_arn=arn, service=service, document=text),
    )
    yield from statement_rows(RESOURCE_POLICY_STATEMENTS, scope, arn, text)


def statement_rows(
    table: Table, scope: Scope, arn: str, text: str | None
) -> Iterator[tuple[Table, Row]]:
    """Yield one row a statement; a document that cannot be read gives one row not ``valid``."""
    if text is None:
        return
    try:
        document = json.loads(text)
        found = document.get("Statement")
    except (ValueError, AttributeError):
        found = None
    statements = found if isinstance(found, list) else [found]
    for index, statement in enumerate(statements):
        given = _statement(statement) if isinstance(statement, dict) else {"valid": False}
        name = str(given.get("sid") or index)
        part = f"policy/statement/{segment(name)}"
        yield table, table.row(scope, {}, resource_arn=arn, part=part, **given)


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    actions = statement.get("Action", statement.get("NotAction"))
    conditions = statement.get("Condition")
    readable = isinstance(conditions, dict | None)
    blocks = conditions.values() if isinstance(conditions, dict) else ()
    keys = {str(key).lower() for block in blocks if isinstance(block, dict) for key in block}
    sid = statement.get("Sid")
    return {
        "sid": sid if isinstance(sid, str) else None,
        "effect": str(statement.get("Effect")),
        "valid": statement.get("Effect") in ("Allow", "Deny") and readable,
        "is_public": "NotPrincipal" in statement or _everyone(principal),
        "principals": " ".join(_principals(principal)),
        "not_action": "NotAction" in statement,
        "actions": " ".join(sorted(text.lower() for text in _texts(actions))),
        "resources": " ".join(_texts(statement.get("Resource", statement.get("NotResource")))),
        "condition_keys": " ".join(sorted(keys)),
        "conditions": json.dumps(conditions, sort_keys=True) if conditions else None,
    }


def _everyone(principal: Any) -> bool:
    if isinstance(principal, dict):
        return "*" in _texts(principal.get("AWS"))
    return bool(principal == "*")


def _principals(principal: Any) -> list[str]:
    if isinstance(principal, dict):
        return [
            f"{kind}:{value}" for kind in sorted(principal) for value in _texts(principal[kind])
        ]
    return _texts(principal)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
