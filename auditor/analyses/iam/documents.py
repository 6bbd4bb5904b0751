"""Normalise policy documents: dict, JSON text or percent-encoded text; malformed is said so.

The grammar is that of the IAM user guide's page "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, unquote_plus

VARIABLES_SINCE = "2012-10-17"
VERSIONS = (VARIABLES_SINCE, "2008-10-17")
ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+|\*:\*")
SETS = ("", "forallvalues", "foranyvalue")
PEOPLE = frozenset("AWS Service Federated CanonicalUser".split())
KEYS = frozenset("Sid Effect Principal NotPrincipal Action NotAction Resource NotResource "
                 "Condition".split())  # fmt: skip


class Invalid(ValueError):  # noqa: N818 - a verdict, not a fault of the caller
    """A document that IAM would not take."""


class Statement(NamedTuple):
    """One statement with lists where the grammar allows a single value."""

    position: int
    sid: str | None
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    principals: dict[str, tuple[str, ...]] | None
    not_principal: bool
    conditions: dict[str, dict[str, tuple[str, ...]]]
    variables: bool

    @property
    def name(self) -> str:
        """The Sid, else the index."""
        return self.sid or str(self.position)


def parsed(text: str, *, resource_policy: bool = False) -> tuple[Statement, ...]:
    """Return the statements of a document given as text; the same text is read once."""
    return _parsed(text, resource_policy)


@functools.lru_cache(maxsize=8192)
def _parsed(text: str, resource_policy: bool) -> tuple[Statement, ...]:
    return tuple(parse(text, resource_policy=resource_policy))


def parse(document: Any, *, resource_policy: bool = False) -> list[Statement]:
    """Return the statements; raise Invalid for a malformed document, ValueError for other types."""
    if isinstance(document, str):
        document = _text(document)
    if not isinstance(document, dict):
        raise ValueError("a policy document is a mapping or text")
    version = document.get("Version", "2008-10-17")
    if set(document) - {"Version", "Id", "Statement"} or version not in VERSIONS:
        raise Invalid("unknown key or version")
    if not isinstance(document.get("Id", ""), str):
        raise Invalid("Id is not text")
    found = document.get("Statement")
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not found:
        raise Invalid("no statement")
    variables = version == VARIABLES_SINCE
    statements = [_statement(n, s, variables, resource_policy) for n, s in enumerate(found)]
    sids = [s.sid for s in statements if s.sid]
    if len(set(sids)) < len(sids) and not resource_policy:
        raise Invalid("a Sid stands twice")
    return statements


def _text(text: str) -> Any:
    found = _loaded(text if text.lstrip().startswith("{") else unquote(text))
    if found is None and "+" in text:
        found = _loaded(unquote_plus(text))
    if found is None:
        raise Invalid("not JSON")
    if not isinstance(found, dict):
        raise Invalid("not an object")
    return found


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except Invalid:
        raise
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Invalid("a key stands twice")
    return found


def _statement(index: int, raw: Any, variables: bool, resource_policy: bool) -> Statement:
    if not isinstance(raw, dict) or set(raw) - KEYS:
        raise Invalid("a statement is not an object or has an unknown key")
    if raw.get("Effect") not in ("Allow", "Deny"):
        raise Invalid("Effect is neither Allow nor Deny")
    sid = raw.get("Sid")
    if sid is not None and not isinstance(sid, str):
        raise Invalid("Sid is not text")
    actions, not_action = _one_of(raw, "Action", "NotAction")
    if not all(ACTION.fullmatch(a) for a in actions):
        raise Invalid("an action is not service:action")
    principals, not_principal = _principals(raw, resource_policy)
    if resource_policy and not {"Resource", "NotResource"} & set(raw):
        resources: tuple[str, ...] = ("*",)
        not_resource = False
    else:
        resources, not_resource = _one_of(raw, "Resource", "NotResource")
        if not all(r == "*" or _is_arn(r) for r in resources):
            raise Invalid("a resource is no ARN")
    return Statement(
        index,
        sid or None,
        raw["Effect"],
        actions,
        not_action,
        resources,
        not_resource,
        principals,
        not_principal,
        _conditions(raw),
        variables,
    )


def _is_arn(text: str) -> bool:
    return ":" in text and text.startswith(("arn:", "*", "?", "${"))


def _one_of(raw: dict[str, Any], one: str, other: str) -> tuple[tuple[str, ...], bool]:
    if (one in raw) == (other in raw):
        raise Invalid(f"exactly one of {one} and {other} is needed")
    return texts(raw[one if one in raw else other]), other in raw


def texts(value: Any) -> tuple[str, ...]:
    """Return one text or a list of texts as a tuple; raise Invalid for others or none."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(v, str) for v in found):
        raise Invalid("text or a list of texts was expected")
    return tuple(found)


def _principals(
    raw: dict[str, Any], resource_policy: bool
) -> tuple[dict[str, tuple[str, ...]] | None, bool]:
    both = {"Principal", "NotPrincipal"} & set(raw)
    if not resource_policy:
        if both:
            raise Invalid("an identity policy has no principal")
        return None, False
    if len(both) != 1:
        raise Invalid("exactly one of Principal and NotPrincipal is needed")
    value = raw[both.pop()]
    if value == "*":
        return {"AWS": ("*",)}, "NotPrincipal" in raw
    if not isinstance(value, dict) or not value or set(value) - PEOPLE:
        raise Invalid("Principal is not an object of known kinds")
    return {kind: texts(v) for kind, v in value.items()}, "NotPrincipal" in raw


def _conditions(raw: dict[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    blocks = raw.get("Condition", {})
    if not isinstance(blocks, dict) or not all(isinstance(b, dict) for b in blocks.values()):
        raise Invalid("Condition is not an object of objects")
    if not all(operator.lower().rpartition(":")[0] in SETS for operator in blocks):
        raise Invalid("a condition operator begins with neither ForAllValues nor ForAnyValue")
    return {op: {key: _values(v) for key, v in block.items()} for op, block in blocks.items()}


def _values(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str | bool | int | float) for v in found):
        raise Invalid("a condition value is not a scalar")
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in found)
