"""Files of running collections: taken over once, listed while they last, never half believed."""

from __future__ import annotations

import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from auditor.cli import main
from auditor.collectors.task_definitions import TASK_DEFINITIONS
from auditor.errors import SnapshotError
from auditor.findings import ScopeState
from auditor.schema import Scope
from auditor.snapshot import Header, Part
from auditor.snapshot.merge import merge
from auditor.snapshot.part import adopted, orphans

SCOPE = Scope("111122223333", "eu-west-1", "aws")
AT = datetime.datetime(2026, 11, 22, 1)  # noqa: DTZ001 - stored times are UTC without zone


def arn(n: int) -> str:
    return f"arn:aws:ecs:eu-west-1:111122223333:task-definition/web:{n}"


def part(db: Path, nonce: str) -> Part:
    return Part.create(db, Header(f"20261122T010000Z-{nonce}", AT, "0"))


def describe(made: Part, *numbers: int) -> None:
    for n in numbers:
        made.load(TASK_DEFINITIONS, [TASK_DEFINITIONS.row(SCOPE, {}, task_definition_arn=arn(n))])
        made.member(arn(n), in_use=True, newest=False, described=True, status="ACTIVE")
    made.commit()


def know(made: Part, *numbers: int) -> None:
    assert {arn(n) for n in numbers} <= made.known_revisions()
    for n in numbers:
        made.member(arn(n), in_use=True, newest=False, described=False, status="ACTIVE")


def finish(made: Part) -> None:
    made.scope(ScopeState("111122223333", "eu-west-1", "complete", None))
    merge(made, AT, "complete")


def bound(db: Path) -> list[str]:
    con = duckdb.connect(str(db), read_only=True)
    found = con.execute("select task_definition_arn from task_definitions order by all").fetchall()
    con.close()
    return [row[0] for row in found]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "a.duckdb"


@pytest.mark.long
def test_a_killed_run_gives_its_revisions_to_the_next(db: Path) -> None:
    killed = part(db, "00000001")
    describe(killed, 1, 2)
    killed.close()
    following = part(db, "00000002")
    know(following, 1, 2)
    describe(following, 3)
    finish(following)
    assert bound(db) == [arn(1), arn(2), arn(3)]
    assert [p.name for p in db.parent.iterdir() if "part" in p.name] == []


@pytest.mark.long
def test_two_runs_that_know_one_killed_run_both_end_well(db: Path) -> None:
    killed = part(db, "00000001")
    describe(killed, 1)
    killed.close()
    first, second = part(db, "00000002"), part(db, "00000003")
    know(first, 1)
    know(second, 1)
    finish(first)
    assert second.recall(TASK_DEFINITIONS, frozenset([arn(1)]))[0][2] == arn(1)
    finish(second)
    assert bound(db) == [arn(1)]


def test_a_part_that_another_run_holds_is_not_taken(db: Path) -> None:
    killed = part(db, "00000001")
    describe(killed, 1)
    killed.close()
    with adopted(db) as held:
        assert held == [killed.path]
        assert orphans(db) == []
        with adopted(db) as none:
            assert none == []
    assert not killed.path.exists()


def test_a_part_stays_where_joining_it_failed(db: Path) -> None:
    killed = part(db, "00000001")
    describe(killed, 1)
    killed.close()
    with pytest.raises(OSError, match="no space"), adopted(db):
        raise OSError("no space")
    assert orphans(db) == [killed.path]


def test_a_database_that_lost_what_was_known_is_said_and_not_half_read(db: Path) -> None:
    before = part(db, "00000001")
    describe(before, 1)
    finish(before)
    following = part(db, "00000002")
    know(following, 1)
    db.unlink()
    with pytest.raises(SnapshotError, match="was replaced while this run read"):
        finish(following)
    assert not db.exists()


def test_a_collection_under_way_is_listed_as_running_and_never_bound(db: Path) -> None:
    done = part(db, "00000001")
    describe(done, 1)
    finish(done)
    running = part(db, "00000002")
    describe(running, 1, 2)
    listed = CliRunner().invoke(main, ["snapshots", "list", "--db", str(db)])
    assert listed.exit_code == 0, listed.output
    assert "20261122T010000Z-00000001  complete" in listed.output
    assert "20261122T010000Z-00000002  running" in listed.output
    assert bound(db) == [arn(1)]
    running.abandon()
