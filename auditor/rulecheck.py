"""Hold further rules against the contract before anything is collected or judged."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.checks import TIME_LIMIT, columns
from auditor.errors import WorkError
from auditor.rules import Rule
from auditor.snapshot.memory import FIRST_AS_OF, MemoryStore


def check(rules: Iterable[Rule]) -> None:
    """Raise RuleError for a rule whose result has other columns than a rule may return.

    What only fails on rows, or does not bind at all, is told when the rule is judged: as an error
    of that rule alone.
    """
    found = list(rules)
    if not found:
        return
    bound = MemoryStore().bind(1, FIRST_AS_OF)
    for rule in found:
        try:
            result = bound.rows(rule.sql, TIME_LIMIT)
        except (ValueError, WorkError):
            continue
        columns(rule, result.names, result.types)
