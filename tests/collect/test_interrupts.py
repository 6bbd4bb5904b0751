"""SIGINT and SIGTERM at any moment: out within a second, the file whole, the next run resumes."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.moto_account import Planted
from tests.collect.servers import LOGIN, fired, proxy, rows, words_for
from tests.conftest import KEY, ROOT, audit, audit_afresh

# Small, since it is read a dozen times.
CLEAN = str(ROOT / "fixtures/accounts/clean")
ENV = {**os.environ, **LOGIN, "PYTHONPATH": str(ROOT), "ECS_AUDIT_FINGERPRINT_KEY": KEY}
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
MOMENTS = 8
SLOWEST = 10  # seconds that one end may take where others use the machine; most take under one


def started(words: list[str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "auditor", *words], cwd=folder, env=ENV,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used: unlike the clock, its own progress."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        pytest.skip("no /proc here")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until a condition holds or the process has ended."""
    while process.poll() is None and not condition():
        time.sleep(0.02)


def interrupt(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, float, str]:
    """Send a signal; return the exit code, the seconds until the process ended, and stderr."""
    sent = time.monotonic()
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    return process.returncode, time.monotonic() - sent, said


def test_a_run_ends_at_once_wherever_it_is(tmp_path: Path) -> None:
    words = ["run", "--from", CLEAN, "--format", "pdf,json"]
    before = os.times()
    assert audit_afresh(*words, cwd=tmp_path).returncode == 0
    after = os.times()
    whole = after.children_user + after.children_system
    whole -= before.children_user + before.children_system
    took = []
    # Collecting, merging, checking and rendering each take a good part of the work; the first
    # run may have compiled modules too, so the last part of its time is not aimed at.
    for n in range(MOMENTS):
        number = list(SIGNALS)[n % 2]
        process = started(words, tmp_path)
        moment = whole * (0.1 + 0.55 * n / MOMENTS)
        until(lambda process=process, moment=moment: cpu(process.pid) >= moment, process)
        code, seconds, said = interrupt(process, number)
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


@pytest.mark.parametrize("number", SIGNALS)
def test_a_slow_service_does_not_delay_the_end(
    filled_moto: tuple[str, Planted], tmp_path: Path, number: signal.Signals
) -> None:
    address, planted = filled_moto
    slow = {"service": "ecs", "operation": "DescribeTaskDefinition", "latency": 120_000}
    with proxy(address, [slow]) as proxied:
        process = started(["collect", *words_for(proxied)], tmp_path)
        until(lambda: fired(proxied) > 0, process)
        code, took, said = interrupt(process, number)
        assert code == SIGNALS[number], said
        assert took < SLOWEST
    done = audit("collect", *words_for(address), cwd=tmp_path, **LOGIN)
    assert done.returncode == 3, done.stderr
    found = rows(tmp_path, "select count(*)::int as n from task_definitions")
    assert found == [{"n": planted.definitions}]
