"""What a rule file may say, and every rule on the worlds; its cases run in rules/test_cases."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from auditor import catalog
from auditor.api import thresholds
from auditor.casebench.bench import collected
from auditor.checks import judge
from auditor.errors import RuleError
from auditor.grounds import ground
from auditor.rules import load, load_all, select

RULES = load_all()
NEEDED = {"SEC", "IAM", "CTR", "NET", "ENI", "IMG", "TDF", "STO", "LOG", "INS", "SVC", "FGT", "CLU"}


@pytest.mark.parametrize("world", ["fargate", "ec2"])
def test_every_rule_passes_or_skips_on_a_healthy_world(world: str) -> None:
    first = next(iter(RULES.values()))
    every = msgspec.structs.replace(first, reads=frozenset(catalog.tables()))
    with collected(every, {}, world, first.path) as bound:
        bound.thresholds({name: value for name, value, _, _ in thresholds(RULES, {})})
        base = ground(bound, every.reads)
        rows = [row for rule in RULES.values() for row in judge(bound, rule, base).rows]
    assert len(rows) >= len(RULES)
    assert [r for r in rows if r.status in ("fail", "unknown")] == []


def test_every_area_has_rules() -> None:
    assert {rule[:3] for rule in RULES} >= NEEDED
    assert len(RULES) >= 45


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select 1; select 2", "2 statements"),
        ("drop table x", "begins with drop"),
        ("select now() as resource", "function now"),
        ("select current_date as resource", "reads the clock"),
        ("select * from read_csv('/etc/passwd')", "table function read_csv"),
        ("select * from history.containers", "named with its schema"),
        ("with containers as (select 1) select * from containers", "named like a table"),
        ("select * from nothing_declared", "not a declared table"),
        ("select getenv('HOME') as resource", "function getenv"),
        ("select random() as resource", "function random"),
    ],
)
def test_loader_refuses(tmp_path: Path, sql: str, said: str) -> None:
    path = tmp_path / "ACM001_x.sql"
    header = "title: t\nseverity: low\nconfidence: certain\nwhy: w\nfix: f\nrefs: []"
    path.write_text(f"/* ---\n{header}\n--- */\n{sql}\n")
    with pytest.raises(RuleError, match=said) as error:
        load(path)
    assert str(error.value).startswith(f"{path}:")


def test_misspelt_header_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ACM001_x.sql"
    path.write_text("/* ---\ntitle: t\nseverity: hgih\n--- */\nselect 1\n")
    with pytest.raises(RuleError, match="hgih"):
        load(path)


def test_selection_by_kind_and_retired_ids() -> None:
    chosen, notices = select(RULES, ["severity:critical", "SEC005"], ["IAM"])
    assert {r.meta.severity for r in chosen.values() if r.id != "SEC004"} == {"critical"}
    assert not any(name.startswith("IAM") for name in chosen)
    assert notices == ["SEC005 is retired; it went into SEC004"]
