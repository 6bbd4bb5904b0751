"""DuckDB's own parser: what a statement is, and its tree."""

from __future__ import annotations

import functools
import json
import threading
from typing import Any

import duckdb
import msgspec

from auditor.errors import UsageError

_LOCK = threading.Lock()


@functools.cache
def _parser() -> Any:
    return duckdb.connect(config={"enable_external_access": "false"})


def statements(sql: str) -> list[str]:
    """Return the kind of each statement, such as SELECT; raise ValueError where it cannot parse."""
    try:
        with _LOCK:
            found = _parser().extract_statements(sql)
    except duckdb.Error as error:
        raise ValueError(str(error).split("\n\n", 1)[0]) from None
    except (TypeError, UnicodeEncodeError):  # bytes of the command line that no text has
        raise ValueError("the SQL is no UTF-8 text") from None
    return [str(one.type).rsplit(".", 1)[-1].removesuffix("_STATEMENT") for one in found]


def tree(sql: str) -> Any:
    """Return the parse tree of a SELECT as DuckDB serialises it; raise ValueError."""
    with _LOCK:
        answer = _parser().execute("select json_serialize_sql(?)", [sql]).fetchone()
    parsed = msgspec.json.decode(answer[0])
    if parsed.get("error"):
        raise ValueError(str(parsed.get("error_message")))
    return parsed["statements"][0]["node"]


def only_select(sql: str) -> None:
    """Raise UsageError unless the text is exactly one SELECT."""
    try:
        kinds = statements(sql)
    except ValueError as error:
        raise UsageError(f"The query cannot be read: {error}") from None
    # An INSERT … RETURNING inside WITH is a SELECT statement for the parser.
    if kinds == ["SELECT"] and _writes(sql):
        kinds = ["a SELECT that writes"]
    if kinds != ["SELECT"]:
        said = ", ".join(kinds) or "nothing"
        raise UsageError(f"A query is exactly one SELECT; this is {said}.")


def _writes(sql: str) -> bool:
    try:
        found = json.dumps(tree(sql))
    except ValueError:
        return False  # DESCRIBE and the like have no tree
    return "_QUERY_NODE" in found and any(
        f'"type": "{kind}_QUERY_NODE"' in found for kind in ("INSERT", "UPDATE", "DELETE", "MERGE")
    )
