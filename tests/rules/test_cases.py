"""Every case of every rule, through the real mapping."""

from __future__ import annotations

import pytest

from auditor.casebench.bench import cases_of, fault_of
from auditor.casebench.casefile import cases_in
from auditor.casebench.overlay import declared
from auditor.casebench.shapes import doubts
from auditor.rules import Rule, load_all

RULES = load_all()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_cases_pass(rule: Rule) -> None:
    path = rule.path.with_suffix(".cases.yaml")
    faults = {
        f"{group}: {title}": fault_of(rule, group, case, world, path)
        for group, title, case, world in cases_of(path)
    }
    assert {name: fault for name, fault in faults.items() if fault} == {}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rule_has_bad_and_good_cases(rule: Rule) -> None:
    groups = {group for group, *_ in cases_of(rule.path.with_suffix(".cases.yaml"))}
    assert {"bad", "good"} <= groups


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_cases_say_what_aws_could_answer_and_collectors_ask(rule: Rule) -> None:
    path = rule.path.with_suffix(".cases.yaml")
    said = {f"{path.name}:{one.line}: {doubt}" for one in cases_in(path)
            for doubt in doubts(one.case, declared(), rule.meta.thresholds)}  # fmt: skip
    assert said == set()
