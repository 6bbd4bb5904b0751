"""SIGINT and SIGTERM at any moment: out within a second, the file whole, the next run resumes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.moto_account import Planted
from tests.collect.servers import LOGIN, proxy, rows, words_for
from tests.conftest import KEY, ROOT, audit

ACME = str(ROOT / "fixtures/accounts/acme/2026-11")
ENV = {**os.environ, **LOGIN, "PYTHONPATH": str(ROOT), "ECS_AUDIT_FINGERPRINT_KEY": KEY}
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


def interrupted(
    words: list[str], folder: Path, after: float, number: signal.Signals
) -> tuple[int, float, str]:
    """Send a signal to a command; return its exit code, the seconds it took to end, and stderr."""
    process = subprocess.Popen(
        [sys.executable, "-m", "auditor", *words], cwd=folder, env=ENV,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(after)
    assert process.poll() is None, "the command ended before the signal"
    sent = time.monotonic()
    process.send_signal(number)
    said = process.communicate(timeout=30)[1]
    return process.returncode, time.monotonic() - sent, said


def test_a_run_ends_at_once_wherever_it_is(tmp_path: Path) -> None:
    words = ["run", "--from", ACME, "--format", "pdf,json"]
    began = time.monotonic()
    assert audit(*words, cwd=tmp_path).returncode == 1
    whole = time.monotonic() - began
    # Collecting, merging, checking and rendering each take a good part of the time.
    for n in range(12):
        number = list(SIGNALS)[n % 2]
        # A faster machine than a moment ago must still be at work: the last tenth is left out.
        code, took, said = interrupted(words, tmp_path, whole * (0.1 + 0.06 * n), number)
        assert code == SIGNALS[number], said
        assert took < 1
        assert "interrupted" in said.splitlines()[-1]
        assert "Traceback" not in said
        assert audit("snapshots", "verify", cwd=tmp_path).returncode == 0
        assert not list((tmp_path / "ecs-audit-out").glob(".*"))
    assert audit(*words, cwd=tmp_path).returncode == 1
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("number", SIGNALS)
def test_a_slow_service_does_not_delay_the_end(
    filled_moto: tuple[str, Planted], tmp_path: Path, number: signal.Signals
) -> None:
    address, planted = filled_moto
    slow = {"service": "ecs", "operation": "DescribeTaskDefinition", "latency": 30_000}
    with proxy(address, [slow]) as proxied:
        words = ["collect", *words_for(proxied)]
        code, took, said = interrupted(words, tmp_path, 8, number)
        assert code == SIGNALS[number], said
        assert took < 1
    done = audit("collect", *words_for(address), cwd=tmp_path, **LOGIN)
    assert done.returncode == 3, done.stderr
    found = rows(tmp_path, "select count(*)::int as n from task_definitions")
    assert found == [{"n": planted.definitions}]
