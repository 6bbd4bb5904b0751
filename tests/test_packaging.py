"""The wheel carries rules, templates, worlds and the demo account, and runs outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.conftest import KEY, ROOT


def test_the_installed_wheel_runs_the_demo(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(tmp_path),
            str(ROOT),
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--format", "html,json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(site), "ECS_AUDIT_FINGERPRINT_KEY": KEY},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ecs-audit-out" / "report.html").stat().st_size > 50_000
