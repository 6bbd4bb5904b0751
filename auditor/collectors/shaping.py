"""Give recorded JSON the Python types that botocore's parsers make of an answer."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

MASKED = "@masked"
POLICY = "policyDocumentType"  # IAM's shape: percent-encoded on the wire, decoded by botocore


def shaped(value: Any, shape: Any) -> Any:
    """Return a recorded value as the shape's Python type; what does not fit stays as it is.

    Times become datetimes; a document that the API holds as text may be recorded as an object.
    """
    if isinstance(value, Mapping):
        return _mapping(value, shape)
    if isinstance(value, list):
        if shape.type_name != "list":
            return json.dumps(value) if shape.type_name == "string" else value
        member = shape.member
        return [shaped(one, member) for one in value]
    if isinstance(value, str):
        return _text(value, shape)
    return value


def _mapping(value: Mapping[str, Any], shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {k: shaped(v, members[k]) if k in members else v for k, v in value.items()}
    if kind == "map":
        inner = shape.value
        return {k: shaped(v, inner) for k, v in value.items()}
    if kind == "string" and MASKED not in value:
        return _text(json.dumps(value), shape)
    return value


def _text(value: str, shape: Any) -> Any:
    if shape.name == POLICY:
        return quote(value, safe="")
    if shape.type_name == "timestamp":
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
