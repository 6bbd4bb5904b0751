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
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from auditor import garbage
from tests import forks
from tests.serving import serving

ROOT = Path(__file__).parent.parent
KEY = "5f" * 32
# What tests start need not compile the program anew each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
FORMATS = "html,json,csv,md,junit,sarif,ocsf,asff"


# Tests by the beginning of their name that share what costs seconds to start: a filled server, a
# browser, an account that was read. Each group stays in one worker; all other tests are spread.
TOGETHER = {
    "tests/collect/test_faults.py": "server",
    "tests/collect/test_wire.py": "server",
    "tests/collect/test_interrupts.py::test_a_slow_service": "server",
    "tests/formats_visual/test_html.py": "browser",
    "tests/formats_visual/test_theme.py": "browser",
    "tests/iam/test_estate.py": "estate",
    "tests/test_accounts.py": "accounts",
}


# Many of a second or two: they fill what time the workers have left at the end.
LAST = "tests/rules/"


class Together(LoadScopeScheduling):
    """Spreads tests over the workers, groups first; what differs in its parameters alone is one."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(LAST):
            return nodeid
        whole = nodeid.partition("[")[0]
        return next((g for begin, g in TOGETHER.items() if nodeid.startswith(begin)), whole)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what fills the gaps last; what draws hundreds of examples is long."""
    items.sort(key=lambda item: item.nodeid.startswith(LAST))
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.long)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Return how ``-n`` spreads the tests."""
    return Together(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers ``-n auto`` starts: of the long tests, one waits while others compute."""
    return (os.cpu_count() or 1) + (config.option.markexpr == "long")


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
    """Return the folder of one demo run, which all workers share; in every format but the PDF."""
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
