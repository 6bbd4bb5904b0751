"""What ``import auditor`` alone offers: each call of the library in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import KEY, ROOT

CLEAN = ROOT / "fixtures/accounts/clean"
POLICY = {"Version": "2012-10-17",
          "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}  # fmt: skip
ROLE = {"kind": "execution", "account": "111122223333", "region": "eu-west-1", "trust": POLICY,
        "policies": [{"name": "all", "document": POLICY}]}  # fmt: skip
COLLECT = f"""
import pathlib, threading
from auditor import config, origins
stop, settings, given = threading.Event(), config.Settings(), {{"from_": {str(CLEAN)!r}}}
name, _ = auditor.collect(pathlib.Path("new.duckdb"), origins.origin(settings, given, stop),
                          origins.options(settings, given), stop)
print(auditor.open("new.duckdb").info.id == name)
"""
JUDGE = """
import pathlib
from auditor import rules
chosen = {name: rule for name, rule in rules.load_all().items() if name == "CLU001"}
made = auditor.check(snap, chosen).report
print([path.name for path in auditor.report(made, pathlib.Path("out"), ["json"])])
"""
OPEN = "snap = auditor.open(DB)\n"


def fresh(code: str, folder: Path) -> str:
    """Return what a program that imports nothing but the package prints."""
    done = subprocess.run(
        [sys.executable, "-c", f"import auditor\n{code}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ECS_AUDIT_FINGERPRINT_KEY": KEY},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.long
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (OPEN + "print(len(snap.query('select 1 as a')))", "1"),
        (OPEN + JUDGE, "['findings.json']"),
        (COLLECT, "True"),
        ("print(auditor.secrets.classify('LOG_LEVEL', 'debug', where='environment').cls)",
         "harmless"),
        (f"print(auditor.analyses.iam.decide([{POLICY}], 's3:GetObject', '*', boundary=None, "
         "context={}))", "allow"),
        (f"print(auditor.analyses.iam.judge_role({ROLE})['ADMIN'])", "certain"),
    ],
    ids=["open", "check and report", "collect", "classify", "decide", "judge_role"],
)  # fmt: skip
def test_a_call_works_after_the_import_of_the_package(
    demo: Path, tmp_path: Path, code: str, said: str
) -> None:
    assert fresh(f"DB = {str(demo / 'audit.duckdb')!r}\n{code}", tmp_path) == said


@pytest.mark.parametrize(
    "before",
    ["auditor.collect", "import auditor.api", "import auditor.collection", "import auditor.catalog",
     "import auditor.commands.collect"],
)  # fmt: skip
def test_a_call_is_a_function_whatever_was_loaded_before(tmp_path: Path, before: str) -> None:
    code = f"""
{before}
auditor.secrets, auditor.snapshot, auditor.catalog
print([callable(getattr(auditor, name)) for name in ("open", "collect", "check", "report") * 2])
print(callable(auditor.analyses.iam.decide))
"""
    assert fresh(code, tmp_path) == f"{[True] * 8}\nTrue"


def test_the_import_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("boto3", "duckdb", "pandas", "msgspec", "auditor.api", "auditor.analyses")
    assert fresh(f"import sys; print([n for n in {heavy} if n in sys.modules])", tmp_path) == "[]"
