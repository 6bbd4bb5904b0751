"""A small fault in a rule's SQL fails one of its cases."""

from __future__ import annotations

import pytest

from auditor.rules import Rule, load_all
from tests.rules.mutants import sampled, survivors

# Families whose cases were written against every mutant; `python -m tests.rules.mutants` tells
# what is left in the others too.
PROVEN = frozenset(
    "clusters containers eni fargate iam images instances logging networking services storage "
    "task_definitions".split()
)
RULES = {name: rule for name, rule in load_all().items() if rule.family in PROVEN}
SIZE = 3
# Some changes are none: a join that always finds its row, a condition that another implies.
EQUIVALENT = 1


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_small_fault_fails_a_case(rule: Rule) -> None:
    left = survivors(rule, sampled(rule, SIZE))
    assert len(left) <= EQUIVALENT, "\n".join(f"{m.change}: {m.sql}" for m in left)
