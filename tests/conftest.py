"""What tests share: the demo's files, made once a session by the real command."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from auditor import garbage
from tests import forks
from tests.serving import serving

ROOT = Path(__file__).parent.parent
KEY = "5f" * 32
# What tests start need not compile the program anew each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
FORMATS = "html,pdf,json,csv,md,junit,sarif,ocsf,asff"


def pytest_collection_finish() -> None:
    """Search for cycles as rarely as a command does, and not in what was loaded for all tests."""
    gc.freeze()
    garbage.rarer()


def audit(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    return forks.run(words, cwd, {**os.environ, "ECS_AUDIT_FINGERPRINT_KEY": KEY, **env})


@contextlib.contextmanager
def under_way(*words: str, cwd: Path, **env: str) -> Iterator[tuple[BaseProcess, Path]]:
    """Start the command; yield its process, which the test ends, and the file of its stderr."""
    given = {**os.environ, "ECS_AUDIT_FINGERPRINT_KEY": KEY, **env}
    with forks.started(words, cwd, given) as (process, _, err):
        yield process, err


def audit_afresh(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command from a fresh interpreter, as where its start is what a test is about."""
    return subprocess.run(
        [sys.executable, "-m", "auditor", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ECS_AUDIT_FINGERPRINT_KEY": KEY, **env},
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one demo run, in every format, which all workers share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir()
            done = audit("demo", "--format", FORMATS, cwd=folder)
            assert done.returncode == 0, done.stderr
    return folder / "ecs-audit-out"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Return the address of a moto server of this module's own."""
    with serving(["-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}"]) as address:
        yield address
