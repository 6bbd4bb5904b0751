"""The file: whole at every moment, bound safely, readable by older clients."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

import auditor
from auditor.collectors.task_definitions import TASK_DEFINITIONS
from auditor.collectors.tasks import TASKS
from auditor.errors import SnapshotError, UsageError
from auditor.rules import load_all
from auditor.schema import Scope
from auditor.snapshot import Snapshot
from auditor.snapshot.memory import MemoryStore
from auditor.snapshot.writer import Writer
from tests.conftest import ROOT, audit, under_way

CLEAN = str(ROOT / "fixtures/accounts/clean")  # small: it is read twenty times


def test_rows_of_mixed_tables_all_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.snapshot.writer.FLUSH", 2)
    scope, store = Scope("111122223333", "eu-west-1"), MemoryStore()
    tables = [TASKS, TASKS, TASKS, TASK_DEFINITIONS, TASKS, TASK_DEFINITIONS, TASK_DEFINITIONS]
    keys = {TASKS: "task_arn", TASK_DEFINITIONS: "task_definition_arn"}
    rows = [(t, t.row(scope, {}, **{keys[t]: str(n)})) for n, t in enumerate(tables)]
    writer = Writer(store.con, 1)
    writer.load_all(iter(rows))
    writer.flush()
    for table, key in keys.items():
        found = store.con.execute(f"select {key} from history.{table.name} order by all").fetchall()
        assert found == [(str(n),) for n, t in enumerate(tables) if t is table]


def test_opens_as_a_dataframe_and_explains_itself(demo: Path) -> None:
    with auditor.open(demo / "audit.duckdb") as snapshot:
        frame = snapshot.query("select family, revision from task_definitions order by all")
    assert {"family", "revision"} == set(frame.columns)
    assert "受注サービス" in set(frame["family"])


def test_every_rule_runs_by_hand_in_a_plain_connection(demo: Path) -> None:
    con = duckdb.connect(str(demo / "audit.duckdb"), read_only=True)
    for rule in load_all().values():
        con.execute(rule.sql).fetchall()
    assert con.execute("select count(*) from findings").fetchone()[0] > 40
    con.close()


def test_main_holds_plain_types_and_no_keys_of_storage(demo: Path) -> None:
    con = duckdb.connect(str(demo / "audit.duckdb"), read_only=True)
    found = con.execute(
        "select schema_name, column_name, data_type from duckdb_columns() "
        "where not internal and schema_name in ('main', 'history')"
    ).fetchall()
    con.close()
    keys = {"seq", "rev"}
    assert {kind for _, name, kind in found if name not in keys} == {
        "VARCHAR", "BOOLEAN", "BIGINT", "DOUBLE", "TIMESTAMP",
    }  # fmt: skip
    assert {kind for _, name, kind in found if name in keys} == {"INTEGER"}
    assert {place for place, name, _ in found if name in keys} == {"history"}


@pytest.mark.long
def test_the_past_is_that_of_the_bound_snapshot(tmp_path: Path) -> None:
    db, secrets = tmp_path / "a.duckdb", "select * from revision_secret_history"
    acme = str(ROOT / "fixtures/accounts/acme/2026-11")
    for account in (CLEAN, acme):
        audit("collect", "--from", account, "--db", str(db), cwd=tmp_path)
    with auditor.open(db, "latest~1") as clean, auditor.open(db) as newest:
        assert clean.query(secrets).empty
        assert not newest.query(secrets).empty
    # A replayed recording is the newest snapshot, with the other one before it.
    audit("collect", "--from", CLEAN, "--db", str(db), cwd=tmp_path)
    with auditor.open(db) as clean:
        scopes = set(clean.query("select account_id || region as s from snapshot_scopes").s)
        for view in ("cluster_history", "service_history", "revision_secret_history"):
            seen = set(clean.query(f"select account_id || region as s from {view}").s)
            assert seen <= scopes, view
            assert seen, view


@pytest.mark.parametrize(
    "sql",
    [
        "attach 'x'",
        "copy t to 'x'",
        "select 1; select 2",
        "set threads=1",
        "pragma version",
        "create table x(a int)",
        "select '\udcff'",
    ],
)
def test_a_query_is_one_select(demo: Path, sql: str) -> None:
    with auditor.open(demo / "audit.duckdb") as snapshot, pytest.raises(UsageError):
        snapshot.query(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from glob('/*')",
        "select * from '/etc/passwd'",
    ],
)
def test_a_query_reaches_no_file(demo: Path, sql: str) -> None:
    with auditor.open(demo / "audit.duckdb") as snapshot, pytest.raises(UsageError):
        snapshot.query(sql)


def test_a_forged_macro_or_view_does_not_answer(demo: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.duckdb"
    forged.write_bytes((demo / "audit.duckdb").read_bytes())
    con = duckdb.connect(str(forged))
    con.execute("create macro main.lower(x) as 'forged'")
    con.execute("create or replace view main.clusters as select 'forged' as cluster_arn")
    con.close()
    with Snapshot.open(forged) as snapshot:
        assert snapshot.rows("select lower('A')").rows == [("a",)]
        assert "forged" not in str(snapshot.rows("select cluster_arn from clusters").rows)


def test_digest_is_verified_and_a_change_is_seen(demo: Path, tmp_path: Path) -> None:
    db = tmp_path / "a.duckdb"
    db.write_bytes((demo / "audit.duckdb").read_bytes())
    assert audit("snapshots", "verify", "--db", str(db), cwd=tmp_path).returncode == 0
    con = duckdb.connect(str(db))
    con.execute("update history.services set desired_count = 99")
    con.close()
    done = audit("snapshots", "verify", "--db", str(db), cwd=tmp_path)
    assert done.returncode == 4
    assert "was changed" in done.stderr


@pytest.mark.parametrize("name", ["missing.duckdb", "text.duckdb"])
def test_what_is_no_database_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.duckdb").write_text("hello, this is not a database at all")
    with pytest.raises(SnapshotError) as error:
        Snapshot.open(tmp_path / name)
    assert "\n" not in str(error.value)


def test_an_open_reader_does_not_stop_the_nightly_run(demo: Path, tmp_path: Path) -> None:
    db = tmp_path / "a.duckdb"
    db.write_bytes((demo / "audit.duckdb").read_bytes())
    con = duckdb.connect(str(db), read_only=True)
    done = audit("collect", "--db", str(db), "--from", CLEAN, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert con.execute("select count(*) from history.snapshots").fetchone() == (2,)
    con.close()
    with Snapshot.open(db) as snapshot:
        assert snapshot.seq == 3


@pytest.mark.long
def test_twenty_kills_leave_a_valid_file(tmp_path: Path) -> None:
    db = tmp_path / "a.duckdb"
    words = ["collect", "--db", str(db), "--from", CLEAN]
    audit(*words, cwd=tmp_path)  # the first one compiles and loads
    began = time.monotonic()
    assert audit(*words, cwd=tmp_path).returncode == 0
    whole = time.monotonic() - began
    dice = random.Random(7)
    killed = 0
    for _ in range(20):
        with under_way(*words, cwd=tmp_path) as (process, _):
            process.join(whole * dice.uniform(0.05, 1.0))
            process.kill()
            process.join()
            killed += process.exitcode == -signal.SIGKILL
        con = duckdb.connect(str(db), read_only=True)
        rows = con.execute("select status, digest from history.snapshots").fetchall()
        assert rows
        assert all(s in ("complete", "partial") and d for s, d in rows)
        con.close()
    assert killed > 10
    assert audit(*words, cwd=tmp_path).returncode == 0
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.long
@pytest.mark.parametrize("version", ["1.2", "1.4", "1.5"])
def test_older_duckdb_opens_the_file(demo: Path, tmp_path: Path, version: str) -> None:
    target = ROOT / ".venv" / f"duckdb-{version}"
    if not target.exists():
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "-q",
                "--no-deps",
                "--target",
                str(target),
                f"duckdb=={version}.*",
            ],
            check=True,
        )
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
        "print(c.execute('select count(*) from containers').fetchone()[0], duckdb.__version__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(demo / "audit.duckdb")],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(target)},
    )
    count, found = done.stdout.split()
    assert int(count) > 10
    assert found.startswith(version)


@pytest.mark.long
def test_a_recording_replayed_again_holds_each_row_once(tmp_path: Path) -> None:
    count = "select count(*) - count(distinct role_arn) from iam_roles"
    for _ in range(2):
        done = audit("collect", "--from", CLEAN, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        with Snapshot.open(tmp_path / "audit.duckdb") as snapshot:
            assert snapshot.rows(count).rows == [(0,)]
