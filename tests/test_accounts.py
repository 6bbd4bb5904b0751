"""The fixture accounts: what the demo shows, and that each file is what its description makes."""

from __future__ import annotations

import filecmp
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import auditor
from auditor import catalog
from auditor.rules import load_all
from fixtures.make import __main__ as make
from tests.conftest import audit

ROOT = Path(__file__).parents[1]
ACCOUNTS = ROOT / "fixtures" / "accounts"
SHOWN = 106  # rules that the sample shows failing and passing; a new one is proved by its cases
# A hit in user data is what storage does not keep; the column is there for the shape of values.
NEVER_KEPT = {("ec2_user_data_hits", "value")}


@pytest.fixture(scope="module")
def judged(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the findings of the messy company in its second month, passes too; none waived."""
    out = tmp_path_factory.mktemp("acme")
    db = shutil.copy(demo / "audit.duckdb", out)
    words = ("--db", str(db), "--out", ".", "--format", "json", "--with-passes", "-q")
    assert audit("check", *words, cwd=out).returncode == 1
    found: dict[str, Any] = json.loads((out / "findings.json").read_text())
    return found


def filled(db: Path) -> set[tuple[str, str]]:
    """Return the columns, by table, that some row of the bound snapshot fills."""
    snapshot = auditor.open(db)
    found = set()
    for table in catalog.tables().values():
        counts = ", ".join(f'count("{name}") as "{name}"' for name in table.names)
        row = snapshot.query(f"select {counts} from {table.name}").iloc[0]
        found |= {(table.name, name) for name in table.names if row[name]}
    return found


def test_every_declared_column_is_filled_somewhere(demo: Path, tmp_path: Path) -> None:
    db = tmp_path / "full.duckdb"
    done = audit("collect", "--from", str(ACCOUNTS / "full"), "--db", str(db), cwd=tmp_path)
    assert done.returncode in (0, 3), done.stderr
    known = filled(db) | filled(demo / "audit.duckdb")
    declared = {(t.name, column) for t in catalog.tables().values() for column in t.names}
    assert declared - known == NEVER_KEPT


@pytest.mark.parametrize("status", ["fail", "pass"])
def test_the_sample_shows_the_rules_failing_and_passing(
    judged: dict[str, Any], status: str
) -> None:
    assert sum(r["counts"][status] > 0 for r in judged["rules"]) >= SHOWN
    assert {r["id"] for r in judged["rules"]} == set(load_all())


def test_each_finding_has_an_id_of_its_own(judged: dict[str, Any]) -> None:
    every = [*judged["findings"], *judged["passes"]]
    assert len({f["id"] for f in every}) == len(every)


def test_the_second_month_shows_what_changed(judged: dict[str, Any]) -> None:
    assert any(f["new"] for f in judged["findings"])
    assert any(not f["new"] for f in judged["findings"])


def test_several_accounts_regions_and_partitions_are_covered(judged: dict[str, Any]) -> None:
    assert len(judged["snapshot"]["accounts"]) == 3
    assert set(judged["snapshot"]["regions"]) == {"eu-west-1", "ap-northeast-1", "cn-north-1"}
    resources = {f["resource"].split(":")[1] for f in (*judged["findings"], *judged["passes"])}
    assert resources >= {"aws", "aws-cn"}


def test_a_refused_call_is_shown_and_nothing_hangs_on_it_unseen(judged: dict[str, Any]) -> None:
    gaps = [c for c in judged["coverage"] if c["status"] == "denied"]
    assert [c["call"] for c in gaps] == ["ec2:DescribeInstanceAttribute"]
    unread = {f["rule"] for f in judged["findings"] if f["unknown_cause"] == "gap"}
    assert unread == {"SEC010"}


@pytest.mark.parametrize(
    "name", ["acme/2026-10", "acme/2026-11", "clean", "denied", "empty", "full"]
)
def test_recordings_are_what_their_descriptions_make(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "ACCOUNTS", tmp_path)
    make.main([name])
    files = sorted(p.relative_to(tmp_path) for p in (tmp_path / name).rglob("*.json"))
    assert files == sorted(p.relative_to(ACCOUNTS) for p in (ACCOUNTS / name).rglob("*.json"))
    _, differing, unread = filecmp.cmpfiles(tmp_path, ACCOUNTS, map(str, files), shallow=False)
    assert not differing, "run python -m fixtures.make"
    assert not unread
