"""The wheel carries rules, templates, worlds and the demo account, and runs outside the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from auditor.formats import names
from tests.conftest import KEY, ROOT, audit


def pip(verb: str, *words: str) -> None:
    """Run pip on the project alone: what it depends on is here already."""
    command = [sys.executable, "-m", "pip", verb, "-q", "--no-deps", *words]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.long
def test_the_installed_wheel_makes_the_same_bytes(tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip("wheel", "--no-build-isolation", "-w", str(tmp_path), str(ROOT))
    pip("install", "--target", str(site), *map(str, tmp_path.glob("*.whl")))
    words = ("demo", "--format", ",".join(names()))
    (tmp_path / "checkout").mkdir()
    assert audit(*words, cwd=tmp_path / "checkout").returncode == 0
    done = subprocess.run(
        [site / "bin" / "ecs-audit", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(site), "ECS_AUDIT_FINGERPRINT_KEY": KEY},
    )
    assert done.returncode == 0, done.stderr
    made, again = (
        {p.name: p.read_bytes() for p in (folder / "ecs-audit-out").iterdir() if p.is_file()}
        for folder in (tmp_path, tmp_path / "checkout")
    )
    assert made.keys() == again.keys()
    for name in made.keys() - {"audit.duckdb", "audit.duckdb.lock"}:
        assert again[name] == made[name], name


@pytest.mark.parametrize(("lock", "groups"), [
    ("requirements.lock", []), ("requirements-dev.lock", ["dev"]),
])  # fmt: skip
def test_a_lock_holds_what_the_project_asks_for(lock: str, groups: list[str]) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*declared["project"]["dependencies"]]
    asked += [word for group in groups for word in declared["dependency-groups"][group]]
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+) \\\n +--hash=sha256:", text, re.MULTILINE))
    for word in map(Requirement, asked):
        name = canonicalize_name(word.name)
        assert name in pinned, f"{lock} lacks {name}"
        assert word.specifier.contains(pinned[name]), f"{lock} pins {name} {pinned[name]}"
    assert "://" not in text
