"""Rule files run unchanged by hand: whole, header and all, as ``query -f`` hands them over."""

from __future__ import annotations

from pathlib import Path

import auditor
from auditor.rules import load_all
from tests.conftest import audit


def test_every_rule_file_is_a_query_and_answers_as_the_rule_does(demo: Path) -> None:
    with auditor.open(demo / "audit.duckdb") as snapshot:
        for rule in load_all().values():
            by_hand = snapshot.query(rule.path.read_text(encoding="utf-8"))
            assert list(by_hand.columns[:4]) == ["resource", "part", "status", "reason"], rule.id
            assert len(by_hand) == len(snapshot.rows(rule.sql).rows), rule.id


def test_the_command_takes_a_rule_file(demo: Path) -> None:
    path = load_all()["ENI002"].path
    done = audit("query", "-f", str(path), "--db", str(demo / "audit.duckdb"), "--format", "csv",
                 cwd=demo)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("resource,part,status,reason,used,usable,trunk")
