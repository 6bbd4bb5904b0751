"""Streams that are full, closed or a file; settings from the environment; the kept check."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import KEY, ROOT, audit


@pytest.fixture
def db(demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(demo / "audit.duckdb", tmp_path / "audit.duckdb"))


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ECS_AUDIT_FINGERPRINT_KEY": KEY}
    words = [
        "bash",
        "-c",
        f'set -o pipefail; audit() {{ "{sys.executable}" -m auditor "$@"; }}; {line}',
    ]
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.long
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("audit check --select SEC002 --format json,csv,md | true", 1),
        ("audit schema | head -1", 0),
        ("audit query 'from containers' | head -1", 0),
        ("audit query 'from containers' >&-", 0),
        ("audit check --select SEC002 --format json 2>&-", 1),
        ("audit check --select SEC002 --format json >&- 2>&- <&-", 1),
        ("audit query 'from containers' >/dev/full", 4),
    ],
)
def test_the_verdict_does_not_hang_on_who_reads(db: Path, line: str, code: int) -> None:
    done = shell(line, db.parent)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "File " not in done.stderr


def test_stderr_cannot_command_the_terminal(tmp_path: Path) -> None:
    name = "x\x1b]0;owned\x07\x9b31m"
    done = audit("check", "--select", name, "--db", "none", cwd=tmp_path)
    assert done.returncode == 2
    assert not {"\x1b", "\x07", "\x9b"} & set(done.stderr)


def test_settings_come_from_the_environment_under_either_name(db: Path) -> None:
    words = ("check", "--select", "SEC002")
    done = audit(*words, cwd=db.parent, ECS_AUDIT_FORMAT="json", ECS_AUDIT_QUIET="yes",
                 ECS_AUDIT_WITH_PASSES="true", ECS_AUDIT_OUT="o", ECS_AUDIT_LANG="ja",
                 ECS_AUDIT_FAIL_ON="never")  # fmt: skip
    assert (done.stdout, done.stderr) == ("o/findings.json\n", "")
    found = json.loads((db.parent / "o/findings.json").read_text())
    assert found["passes"]
    assert any(not f["title"].isascii() for f in found["findings"])


def test_settings_of_manners_stand_in_the_file(db: Path) -> None:
    (db.parent / "ecs-audit.toml").write_text(
        'log_json = true\nwith_passes = true\nformats = ["json"]\nbaseline = "snapshot:latest"\n'
    )
    done = audit("check", "--select", "SEC", cwd=db.parent)
    assert done.returncode in (0, 3)
    assert json.loads(done.stderr.splitlines()[-1])["level"] == "info"
    assert json.loads((db.parent / "ecs-audit-out/findings.json").read_text())["passes"]


@pytest.mark.long
def test_what_else_a_file_holds_is_one_line(db: Path) -> None:
    clean = str(ROOT / "fixtures/accounts/clean")
    words = ("run", "--from", clean, "--format", "json", "--select", "family:clusters")
    done = audit(*words, cwd=db.parent)
    assert done.returncode == 0
    (line,) = [row for row in done.stderr.splitlines() if "other snapshots of" in row]
    assert "444455556666" in line
    some = ("--select", "family:clusters")
    for words in (("query", "select 1 as one"), ("diff", *some), ("snapshots", "show"),
                  ("waivers", "check", *some), ("report", "--stored", "--format", "json")):  # fmt: skip
        done = audit(*words, cwd=db.parent)
        assert done.stderr.splitlines().count(line) == 1, words
        assert "other snapshots of" not in done.stdout
    done = audit("query", "-q", "select 1 as one", cwd=db.parent)
    assert done.stderr == ""


@pytest.mark.long
def test_a_baseline_is_what_latest_was_when_the_command_began(tmp_path: Path) -> None:
    def ran(recording: str, *words: str) -> int:
        source = str(ROOT / "fixtures/accounts" / recording)
        done = audit("run", "--from", source, "--format", "json", "--select", "SEC002", *words,
                     cwd=tmp_path)  # fmt: skip
        return done.returncode

    assert ran("clean") == 0
    assert ran("acme/2026-11", "--baseline", "snapshot:latest") == 1
    found = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())
    assert found["check"]["baseline"] == "snapshot:latest"


@pytest.mark.long
def test_a_baseline_that_was_never_checked_is_judged_as_diff_does(tmp_path: Path) -> None:
    rules = "SEC001,SEC012,IMG001"
    for recording in ("2026-10", "2026-11"):
        source = str(ROOT / "fixtures/accounts/acme" / recording)
        assert audit("collect", "--from", source, cwd=tmp_path).returncode in (0, 3)
    verdict = ("check", "--select", rules, "--fail-on", "medium", "--format", "json")
    against = (*verdict, "--baseline", "snapshot:latest~1")
    done = audit(*against, "--out", "unchecked", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    checks = audit("query", "--format", "csv", "select count(*) from history.checks", cwd=tmp_path)
    assert checks.stdout.splitlines()[1] == "1"  # the baseline was judged, not checked
    assert audit(*verdict, "--snapshot", "latest~1", cwd=tmp_path).returncode == 1
    done = audit(*against, "--out", "checked", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    one, other = (json.loads((tmp_path / out / "findings.json").read_text())
                  for out in ("unchecked", "checked"))  # fmt: skip
    fields = ("fingerprint", "status")
    assert [[f[n] for n in fields] for f in one["findings"]] == [
        [f[n] for n in fields] for f in other["findings"]
    ]
    same = audit(*verdict, "--baseline", "snapshot:latest", cwd=tmp_path)
    assert same.returncode in (0, 3), same.stderr


def test_report_stored_is_the_check_that_was_kept(db: Path) -> None:
    here = db.parent
    assert audit("report", "--stored", "--snapshot", "latest~1", cwd=here).returncode == 0
    formats = "json,csv,md,sarif,ocsf,asff,junit"
    assert audit("check", "--format", formats, "--out", "new", cwd=here).returncode == 1
    assert audit("report", "--stored", "--format", formats, "--out", "kept",
                 cwd=here).returncode == 0  # fmt: skip
    for path in (here / "new").iterdir():
        assert path.read_bytes() == (here / "kept" / path.name).read_bytes(), path.name
    assert audit("report", "--stored", "--select", "SEC", cwd=here).returncode == 2


def test_report_stored_refuses_other_rules(db: Path) -> None:
    here = db.parent
    own = str(ROOT / "examples/extra-rules")
    assert audit("check", "--rules", own, "--select", "ACM001", "--format", "json",
                 cwd=here).returncode in (0, 1)  # fmt: skip
    done = audit("report", "--stored", "--format", "json", cwd=here)
    assert done.returncode == 4
    assert "The rules changed" in done.stderr
    shutil.rmtree(here / "ecs-audit-out")
    clean = str(ROOT / "fixtures/accounts/clean")
    assert audit("collect", "--from", clean, "--db", "new.duckdb", cwd=here).returncode == 0
    done = audit("report", "--stored", "--db", "new.duckdb", cwd=here)
    assert "was never checked" in done.stderr


def test_the_newest_check_is_the_one_that_ended_last(db: Path) -> None:
    for rule in ("SEC001", "SEC002", "SEC003", "IAM001"):
        audit("check", "--select", rule, "--format", "json", cwd=db.parent)
        done = audit("query", "--format", "csv", "select rule from rule_results", cwd=db.parent)
        assert done.stdout == f"rule\n{rule}\n"
