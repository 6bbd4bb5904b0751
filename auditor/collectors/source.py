"""Where answers come from, and the ways in which none comes."""

from __future__ import annotations

from typing import Any, Protocol

from auditor.collectors.base import Call, Params
from auditor.schema import Item, Scope


class Stopped(Exception):  # noqa: N818 - an order, not an error
    """The run was interrupted; no further call is made."""


class AnswerError(Exception):
    """AWS answered with an error; carries the code and a message without account secrets."""

    def __init__(self, code: str, message: str, http_status: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.http_status = code, message, http_status


class Gone(Exception):  # noqa: N818 - an answer, not an error
    """AWS answered that what was asked for does not exist any more."""


class Source(Protocol):
    """Where answers come from: AWS itself or a recording."""

    def call(self, scope: Scope, call: Call, params: Params) -> Item:
        """Return the parsed answer; raise AnswerError."""
        ...


def members(answer: Item, path: str) -> list[Item] | None:
    """Return the main list under a dotted path, joining nested lists; None if it is not there."""
    found: list[Any] = [answer]
    for step in path.split("."):
        below: list[Any] = []
        for item in found:
            inner = item.get(step) if isinstance(item, dict) else None
            if not isinstance(inner, list):
                return None
            below += inner
        found = below
    return found
