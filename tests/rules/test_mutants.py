"""A small fault in the SQL of a rule or view fails one of the cases."""

from __future__ import annotations

import pytest

from auditor import catalog
from auditor.rules import Rule, load_all
from auditor.snapshot.views import View
from tests.rules.mutants import Mutant, sampled, survivors, view_survivors

pytestmark = pytest.mark.long
RULES = load_all()
VIEWS = {v.name: v for v in catalog.views().values() if v.sql}
SIZE = 3  # `python -m tests.rules.mutants` tries all of them
# Some changes are none: a join that always finds its row, a condition that another implies.
EQUIVALENT = 1


def noticed(left: list[Mutant]) -> None:
    assert len(left) <= EQUIVALENT, "\n".join(f"{m.change}: {m.sql}" for m in left)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_small_fault_in_a_rule_fails_a_case(rule: Rule) -> None:
    noticed(survivors(rule, sampled(rule.id, rule.sql, SIZE)))


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_small_fault_in_a_view_fails_a_case_of_some_rule(view: View) -> None:
    noticed(view_survivors(view, sampled(view.name, str(view.sql), SIZE)))
