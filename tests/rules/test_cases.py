"""Every case of every rule, through the real mapping; a small fault in the SQL fails one of them."""

from __future__ import annotations

import pytest

from auditor import catalog
from auditor.casebench.bench import cases_of, collected
from auditor.casebench.matching import fault_in
from auditor.checks import judge
from auditor.grounds import ground
from auditor.rules import Rule, load_all
from auditor.snapshot.views import View
from tests.rules.mutants import is_noticed, runnable, sampled, view_survivors

RULES = load_all()
VIEWS = {v.name: v for v in catalog.views().values() if v.sql}
SIZE = 3  # `python -m tests.rules.mutants` tries all of them
# Some changes are none: a join that always finds its row, a condition that another implies.
EQUIVALENT = 1


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_cases_pass_and_notice_a_small_fault(rule: Rule) -> None:
    path = rule.path.with_suffix(".cases.yaml")
    left = runnable(sampled(rule.id, rule.sql, SIZE))
    faults = {}
    for group, title, case, world in cases_of(path):
        # One collection serves the rule and its mutants: it is most of the work.
        with collected(rule, case, world, path) as bound:
            base = ground(bound, rule.reads)
            faults[f"{group}: {title}"] = fault_in(judge(bound, rule, base).rows, group, case)
            left = [m for m in left if not is_noticed(bound, rule, m, base, group, case)]
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert len(left) <= EQUIVALENT, "\n".join(f"{m.change}: {m.sql}" for m in left)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rule_has_bad_and_good_cases(rule: Rule) -> None:
    groups = {group for group, *_ in cases_of(rule.path.with_suffix(".cases.yaml"))}
    assert {"bad", "good"} <= groups


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_small_fault_in_a_view_fails_a_case_of_some_rule(view: View) -> None:
    left = view_survivors(view, sampled(view.name, str(view.sql), SIZE))
    assert len(left) <= EQUIVALENT, "\n".join(f"{m.change}: {m.sql}" for m in left)
