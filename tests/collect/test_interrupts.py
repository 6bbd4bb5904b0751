"""SIGINT and SIGTERM at any moment: out within a second, the file whole, the next run resumes."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from bench.moto_account import Planted
from tests.collect.servers import LOGIN, fired, proxy, rows, set_rules, words_for
from tests.conftest import ROOT, audit, under_way

pytestmark = pytest.mark.long
# Small, since it is read a dozen times.
CLEAN = str(ROOT / "fixtures/accounts/clean")
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
MOMENTS = 8
SLOWEST = 10  # seconds that one end may take where others use the machine; most take under one


def cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used: unlike the clock, its own progress."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        pytest.skip("no /proc here")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(condition: Callable[[], bool], process: BaseProcess) -> None:
    """Wait until a condition holds or the process has ended."""
    while process.is_alive() and not condition():
        time.sleep(0.02)


def interrupt(process: BaseProcess, number: signal.Signals, err: Path) -> tuple[int, float, str]:
    """Send a signal; return the exit code, the seconds until the process ended, and stderr."""
    sent = time.monotonic()
    os.kill(pid(process), number)
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode, time.monotonic() - sent, err.read_text()


def pid(process: BaseProcess) -> int:
    assert process.pid is not None
    return process.pid


def whole_work(words: list[str], folder: Path) -> float:
    """Return the seconds of CPU that a whole run takes, to 20 ms."""
    used = 0.0

    def watch() -> bool:
        nonlocal used
        used = max(used, cpu(pid(process)))
        return False

    with under_way(*words, cwd=folder) as (process, _):
        until(watch, process)
        assert process.exitcode == 0
    return used


def test_a_run_ends_at_once_wherever_it_is(tmp_path: Path) -> None:
    words = ["run", "--from", CLEAN, "--format", "pdf,json"]
    assert audit(*words, cwd=tmp_path).returncode == 0  # the first one makes the file
    whole = whole_work(words, tmp_path)
    took = []
    # Collecting, merging, checking and rendering each take a good part of the work.
    for n in range(MOMENTS):
        number = list(SIGNALS)[n % 2]
        with under_way(*words, cwd=tmp_path) as (process, err):
            moment = whole * (0.1 + 0.8 * n / MOMENTS)
            until(lambda process=process, moment=moment: cpu(pid(process)) >= moment, process)
            code, seconds, said = interrupt(process, number, err)
        assert code == SIGNALS[number], said
        took.append(seconds)
        assert "interrupted" in said.splitlines()[-1]
        assert "Traceback" not in said
        assert audit("snapshots", "verify", cwd=tmp_path).returncode == 0
        assert not list((tmp_path / "ecs-audit-out").glob(".*"))
    assert statistics.median(took) < 1
    assert max(took) < SLOWEST
    assert audit(*words, cwd=tmp_path).returncode == 0
    assert not list(tmp_path.glob("*.part"))


def test_a_slow_service_does_not_delay_the_end(
    filled_moto: tuple[str, Planted], tmp_path: Path
) -> None:
    address, planted = filled_moto
    slow = {"service": "ecs", "operation": "DescribeTaskDefinition", "latency": 120_000}
    with proxy(address, []) as proxied:
        for number, expected in SIGNALS.items():
            set_rules(proxied, [slow])
            with under_way("collect", *words_for(proxied), cwd=tmp_path, **LOGIN) as (process, err):
                until(lambda: fired(proxied) > 0, process)
                code, took, said = interrupt(process, number, err)
            assert code == expected, said
            assert took < SLOWEST
    done = audit("collect", *words_for(address), cwd=tmp_path, **LOGIN)
    assert done.returncode == 3, done.stderr
    found = rows(tmp_path, "select count(*)::int as n from task_definitions")
    assert found == [{"n": planted.definitions}]
