"""Record and replay: the same rows again, and no secret in the recording."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.casebench.tokens import MADE, token
from auditor.collectors.recording import read
from auditor.errors import RecordingError
from tests.conftest import ROOT, audit

ACME = str(ROOT / "fixtures/accounts/acme/2026-11")


def findings(folder: Path) -> list[tuple[str, str, str | None, str]]:
    found = json.loads((folder / "ecs-audit-out/findings.json").read_text())["findings"]
    return sorted((f["rule"], f["resource"], f["part"] or "", f["status"]) for f in found)


def test_a_recording_replays_to_the_same_findings_and_holds_no_secret(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    recording = tmp_path / "recording"
    done = audit("run", "--from", ACME, "--record", str(recording), "--format", "json", cwd=first)
    assert done.returncode == 1, done.stderr
    assert audit("run", "--from", str(recording), "--format", "json", cwd=second).returncode == 1
    assert findings(first) == findings(second)
    for path in recording.rglob("*.json"):
        data = path.read_text()
        for name in MADE:
            assert token(name) not in data, f"{name} in {path.name}"
    again = audit("collect", "--from", ACME, "--record", str(recording), cwd=first)
    assert again.returncode == 2
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("111122223333/eu-west-1/notes.txt", "x", "holds only"),
        ("111122223333/eu-west-1/ecs.ListClusters.json", '{"itmes": []}', "itmes"),
        ("somewhere/eu-west-1/ecs.ListClusters.json", "{}", "holds only"),
    ],
)
def test_a_recording_is_read_strictly(tmp_path: Path, name: str, text: str, said: str) -> None:
    import shutil

    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "r")
    path = tmp_path / "r" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(RecordingError, match=said):
        read(tmp_path / "r")


def test_links_are_not_followed(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "r")
    (tmp_path / "r" / "link").symlink_to("/etc")
    with pytest.raises(RecordingError, match="links"):
        read(tmp_path / "r")
