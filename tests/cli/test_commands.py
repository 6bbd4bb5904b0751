"""Every command: what it prints, what a mistake costs, the exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import auditor
from auditor.cli import main
from tests.conftest import ROOT, audit

LISTED = "select cluster_name from clusters order by 1 limit 1"


@pytest.fixture
def db(demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(demo / "audit.duckdb", tmp_path / "audit.duckdb"))


def ended(code: int, *words: str, cwd: Path) -> str:
    done = audit(*words, cwd=cwd)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_every_command_of_the_design_is_there() -> None:
    assert set(main.commands) == set(
        "run collect check report diff query snapshots rules schema policy waivers secrets push "
        "doctor demo".split()
    )
    named = {"snapshots": "list show verify prune export", "rules": "list show test new docs",
             "waivers": "check", "secrets": "scan", "push": "security-hub"}  # fmt: skip
    for group, commands in named.items():
        assert set(main.commands[group].commands) == set(commands.split())


def test_help_takes_less_than_a_third_of_a_second_of_cpu() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "Usage" in ended(0, "--help", cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.3


def test_help_of_every_command_names_the_manners(tmp_path: Path) -> None:
    text = ended(0, "snapshots", "prune", "--help", cwd=tmp_path)
    for option in ("--quiet", "--verbose", "--log-json", "--keep"):
        assert option in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["qury"], "did you mean query?"),
        (["rules", "lst"], "did you mean list?"),
        (["--nope"], "--nope"),
        (["check", "--fail-onn", "x"], "'--fail-on'"),
        (["check", "--fail-on", "urgent"], "critical"),
        (["check", "--format", "hmtl"], "did you mean html?"),
        (["check", "--as-of", "yesterday"], "is not a time"),
        (["check", "--baseline", "none.json"], "is no findings.json"),
        (["schema", "contaners"], "did you mean containers?"),
        (["rules", "show", "SEC0001"], "did you mean SEC001?"),
        (["rules", "new", "lower_case"], "is no rule name"),
        (["rules", "docs", "--select", "NOPE"], "matches no rule"),
        (["snapshots", "show", "zzz"], "snapshots list"),
        (["snapshots", "prune"], "--keep"),
        (["snapshots", "export", "."], "is not an empty folder"),
        (["query", "drop table x"], "exactly one SELECT"),
        (["query", "select nothing from clusters"], "nothing"),
        (["query", "-f", "none.sql"], "cannot be read"),
        (["query", "-f", "x", "select 1"], "once"),
        (["policy", "--partition", "mars"], "aws-cn"),
        (["check", "--task-definition", "none.json"], "cannot be read"),
        (["push", "security-hubb"], "did you mean security-hub?"),
        (["waivers", "check", "--waivers", "none.yaml"], "none.yaml"),
    ],
)
def test_a_mistake_is_one_sentence_and_two_or_four(db: Path, words: list[str], said: str) -> None:
    done = audit(*words, cwd=db.parent)
    assert done.returncode in (2, 4)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_query_speaks_every_format(db: Path) -> None:
    here = db.parent
    name = json.loads(ended(0, "query", "--format", "json", LISTED, cwd=here))[0]["cluster_name"]
    assert ended(0, "query", LISTED, cwd=here).splitlines()[2:] == [name, "(1 row)"]
    rows = list(csv.reader(io.StringIO(ended(0, "query", "--format", "csv", LISTED, cwd=here))))
    assert rows == [["cluster_name"], [name]]
    lines = ended(0, "query", "--format", "md", LISTED, cwd=here).splitlines()
    assert lines == ["| cluster_name |", "|---|", f"| {name} |"]
    with (here / "x.parquet").open("wb") as out:
        subprocess.run([sys.executable, "-m", "auditor", "query", "--format", "parquet", LISTED],
                       cwd=here, stdout=out, check=True,
                       env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    with duckdb.connect() as con:
        assert con.execute(f"from '{here / 'x.parquet'}'").fetchall() == [(name,)]


def test_a_query_keeps_numbers_truths_and_every_column(db: Path) -> None:
    sql = ("select 'nan'::double as a, [1.5::decimal(5,2), '-inf'::double] as b, 2::decimal(20,0) as c,"
           " -5 as d, -0.5::decimal(3,1) as e, '-5' as f, '=1' as f, true as F, 3 as f_1,"
           " map([1], [0.5::decimal(3,1)]) as m")  # fmt: skip
    names = ["a", "b", "c", "d", "e", "f", "f_1", "F_2", "f_1_1", "m"]
    out = {form: ended(0, "query", "--format", form, sql, cwd=db.parent)
           for form in ("json", "csv", "md", "table")}  # fmt: skip
    (row,) = json.loads(out["json"], parse_constant=pytest.fail)
    assert list(row) == names
    assert list(row.values()) == [
        None, [1.5, None], 2, -5, -0.5, "-5", "=1", True, 3, {"1": 0.5},
    ]  # fmt: skip
    header, cells = csv.reader(io.StringIO(out["csv"]))
    assert header == names
    assert cells[2:9] == ["2", "-5", "-0.5", "'-5", "'=1", "true", "3"]
    assert "| true |" in out["md"]
    assert "true" in out["table"].splitlines()[2].split()
    with auditor.open(db) as snapshot:
        assert list(snapshot.query(sql).columns) == names
    out = ended(0, "query", "--format", "csv", """select 1 as "=cmd()" """, cwd=db.parent)
    assert out.splitlines()[0] == "'=cmd()"


@pytest.mark.parametrize("words", [["-f", "-"], ["-"], []])
def test_query_reads_stdin(db: Path, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "query", "--format", "csv", *words],
        cwd=db.parent, input="select 1 as one", capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == "one\n1\n"


def test_a_pipe_gets_whole_values_without_colour(db: Path) -> None:
    found = ended(0, "query", "select repeat('x', 500) as long", cwd=db.parent)
    assert "x" * 500 in found
    words = ("diff", "--fail-on", "never", "--select", "SEC001")
    assert "\x1b" not in ended(0, *words, cwd=db.parent)


def test_snapshots_list_show_and_verify(db: Path) -> None:
    here = db.parent
    lines = ended(0, "snapshots", "list", cwd=here).splitlines()
    assert len(lines) == 4
    newest = lines[-1].split()[0]
    shown = ended(0, "snapshots", "show", cwd=here)
    assert shown.startswith(f"{newest}  partial\n")
    assert ended(0, "snapshots", "verify", newest[:11], cwd=here).endswith(" ok\n")


def test_verify_ends_with_four_where_a_row_was_changed(db: Path) -> None:
    with duckdb.connect(db) as con:
        con.execute("update history.clusters set status = 'GONE'")
    assert "was changed" in audit("snapshots", "verify", cwd=db.parent).stderr
    ended(4, "snapshots", "verify", cwd=db.parent)


def test_prune_keeps_the_newest_and_its_digest(db: Path) -> None:
    here = db.parent
    before = db.read_bytes()
    gone = ended(0, "snapshots", "prune", "--keep", "1", "--dry-run", cwd=here)
    assert db.read_bytes() == before
    assert ended(0, "snapshots", "prune", "--keep", "1", cwd=here) == gone
    assert len(gone.splitlines()) == 1
    assert len(ended(0, "snapshots", "list", cwd=here).splitlines()) == 3
    assert "ok" in ended(0, "snapshots", "verify", cwd=here)
    with duckdb.connect(db, read_only=True) as con:
        for table in ("services", "checks", "findings", "snapshot_scopes", "content_members"):
            counted = f"select count(distinct seq) from history.{table}"
            found = con.execute(counted).fetchone()
            assert found == (1,), table
        lost = con.execute(
            "select count(*) from history.iam_roles as r where not exists "
            "(select * from history.content_members as m where m.rev = r.rev)"
        ).fetchone()
        assert lost == (0,)
    assert ended(0, "snapshots", "prune", "--keep", "1", cwd=here) == ""


def test_export_writes_every_table_with_its_types(db: Path) -> None:
    made = ended(0, "snapshots", "export", "parquet", cwd=db.parent).splitlines()
    assert len(made) > 80
    with duckdb.connect() as con:
        count = con.execute(f"select count(*) from '{db.parent}/parquet/findings.parquet'")
        wanted = json.loads(
            ended(0, "query", "--format", "json", "select count(*) as n from findings",
                  cwd=db.parent)
        )  # fmt: skip
        assert count.fetchone() == (wanted[0]["n"],)
        types = con.execute(f"describe from '{db.parent}/parquet/subnets.parquet'").fetchall()
    assert {"available_ip_address_count": "BIGINT"}.items() <= {t[0]: t[1] for t in types}.items()


def test_rules_list_show_and_docs(tmp_path: Path) -> None:
    listed = ended(0, "rules", "list", "--select", "family:eni", cwd=tmp_path).splitlines()
    assert listed[0].split() == ["id", "severity", "confidence", "family", "title"]
    assert all(" eni " in line for line in listed[2:])
    rule = ROOT / "rules/secrets/SEC002_secret_named_variable.sql"
    assert ended(0, "rules", "show", "SEC002", cwd=tmp_path) == rule.read_text()
    own = str(ROOT / "examples/extra-rules")
    assert "own/ACM001.md" in ended(0, "rules", "docs", own, "--out", "own", cwd=tmp_path)
    assert len(list((tmp_path / "own").iterdir())) == 2
    made = ended(0, "rules", "docs", "--select", "SEC002", "--out", "pages", cwd=tmp_path)
    assert made.splitlines() == ["pages/SEC002.md", "pages/README.md"]
    page = (tmp_path / "pages/SEC002.md").read_text()
    assert page.startswith("# SEC002 secret-named-variable\n")
    for heading in ("Why", "Fix", "Fails when", "Passes when", "The query", "References"):
        assert f"\n## {heading}\n" in page


def test_rules_new_gives_cases_that_pass_and_test_fails_with_one(tmp_path: Path) -> None:
    assert len(ended(0, "rules", "new", "ACM001_mine", "own", cwd=tmp_path).splitlines()) == 2
    assert ended(0, "rules", "test", "own", cwd=tmp_path) == "2 passed, 0 failed\n"
    rule = tmp_path / "own/ACM001_mine.sql"
    rule.write_text(rule.read_text().replace("when privileged then 'fail'", "when false then ''"))
    assert "FAIL ACM001 bad" in ended(1, "rules", "test", "own", cwd=tmp_path)
    ended(2, "rules", "new", "ACM001_mine", "own", cwd=tmp_path)
    ended(2, "rules", "test", "own", "--select", "ZZZ", cwd=tmp_path)
    tested = ended(0, "rules", "test", "--select", "family:clusters", cwd=tmp_path)
    assert re.fullmatch(r"[1-9]\d* passed, 0 failed\n", tested)


def test_schema_lists_and_explains(tmp_path: Path) -> None:
    assert "container_environment" in ended(0, "schema", cwd=tmp_path)
    assert "task_definition_arn" in ended(0, "schema", "containers", cwd=tmp_path)
    assert ended(0, "schema", "service_history", cwd=tmp_path)


def test_check_lints_a_definition_from_stdin(tmp_path: Path) -> None:
    definition = {"family": "web", "containerDefinitions": [{"name": "a", "image": "a",
                  "memory": 64,
                  "mountPoints": [{"sourceVolume": "d", "containerPath": "/d"}]}],
                  "volumes": [{"name": "d", "host": {"sourcePath": "/var/run/docker.sock"}}]}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "check", "--task-definition", "-", "--format", "json"],
        cwd=tmp_path, input=json.dumps(definition), capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())
    assert {f["resource"] for f in found["findings"]} == {"file:-#web"}


def test_report_ends_with_zero_where_check_ends_with_one(db: Path) -> None:
    some = ("--select", "SEC001")
    ended(1, "check", "--format", "json", *some, cwd=db.parent)
    assert ended(0, "report", "--format", "md,csv", *some, cwd=db.parent).splitlines() == [
        "ecs-audit-out/summary.md", "ecs-audit-out/findings.csv"]  # fmt: skip


def test_formats_that_can_be_written_are_written(db: Path) -> None:
    out = db.parent / "ecs-audit-out"
    out.mkdir()
    (out / "findings.csv").mkdir()
    done = audit("report", "--format", "csv,md", cwd=db.parent)
    assert done.returncode == 4
    assert "findings.csv" in done.stderr
    assert done.stdout == "ecs-audit-out/summary.md\n"


def test_collect_ends_with_three_for_a_gap(tmp_path: Path) -> None:
    accounts = ROOT / "fixtures/accounts"
    ended(0, "collect", "--from", str(accounts / "clean"), "-q", cwd=tmp_path)
    ended(3, "collect", "--from", str(accounts / "denied"), cwd=tmp_path)
    plan = ended(0, "collect", "--plan", "--from", str(accounts / "clean"), cwd=tmp_path)
    assert "calls in all" in plan.splitlines()[-1]


def test_diff_is_one_for_something_new(db: Path) -> None:
    diff = ("diff", "--select", "SEC001,SEC012,IMG001")
    found = ended(1, *diff, "--fail-on", "medium", cwd=db.parent).splitlines()
    assert found[0].split()[:3] == ["change", "severity", "rule"]
    assert {"new", "fixed"} <= {line.split()[0] for line in found[2:]}
    ended(0, *diff, "--fail-on", "critical", cwd=db.parent)
    turned = ended(0, *diff, "latest", "latest~1", "--fail-on", "never", cwd=db.parent)
    assert re.search(r"new +critical +SEC001", turned)
    assert len(ended(0, *diff, "latest", "latest", cwd=db.parent).splitlines()) == 2


def test_waivers_check_is_one_for_an_unused_entry(db: Path) -> None:
    (db.parent / "w.yaml").write_text(
        "schema: ecs-audit-waivers/1\nwaivers:\n  - {id: W-1, rules: [CTR008],"
        " resource: 'arn:none', reason: nothing has this name, owner: a@example.com,"
        " expires: 2027-03-31}\n"
    )
    found = ended(1, "waivers", "check", "--waivers", "w.yaml", cwd=db.parent)
    assert found.splitlines()[2].split()[:2] == ["unused", "W-1"]
    assert len(ended(0, "waivers", "check", cwd=db.parent).splitlines()) == 2


def test_doctor_names_the_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "audit.duckdb").write_bytes(b"no database")
    found = ended(4, "doctor", "--endpoint-url", "http://127.0.0.1:9", cwd=tmp_path)
    assert any(line.startswith("FAIL") and "audit.duckdb" in line for line in found.splitlines())


def test_notices_are_json_lines_when_asked(db: Path) -> None:
    words = ("check", "--format", "json", "--select", "SEC001")
    done = audit(*words, "--log-json", cwd=db.parent)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["info"]
    done = audit("rules", "show", "SEC999", "--log-json", cwd=db.parent)
    assert json.loads(done.stderr)["level"] == "error"


def test_quiet_says_nothing(db: Path) -> None:
    words = ("check", "--format", "json", "--select", "SEC001")
    assert audit(*words, "-q", cwd=db.parent).stderr == ""


def test_secrets_scan_counts(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=80\n")
    ended(0, "secrets", "scan", ".env", cwd=tmp_path)
    (tmp_path / ".env").write_text("DB_PASSWORD=hunter2-Xk29\n")
    ended(1, "secrets", "scan", ".env", cwd=tmp_path)
    ended(0, "secrets", "scan", ".env", "--fail-on", "never", cwd=tmp_path)


def test_push_prints_its_policy(tmp_path: Path) -> None:
    found = json.loads(ended(0, "push", "security-hub", "--policy", cwd=tmp_path))
    assert "securityhub:BatchImportFindings" in str(found)
