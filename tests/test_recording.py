"""Record and replay: the same rows again, and no secret in the recording."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from auditor.casebench.tokens import MADE, token
from auditor.collectors import collectors
from auditor.collectors.base import Call
from auditor.collectors.reader import AnswerError
from auditor.collectors.recording import Covered, Manifest, Operation, Recording, Refusal, read
from auditor.collectors.replay import ReplaySource
from auditor.errors import RecordingError
from auditor.schema import Item, Scope
from tests.conftest import ROOT, audit

ACME = str(ROOT / "fixtures/accounts/acme/2026-11")
HERE = Scope("111122223333", "eu-west-1", "aws")
CALLS = {call.name: call for c in collectors().values() for call in c.calls}


def asked(call: Call, recorded: dict[str, Operation], **params: Any) -> Item:
    """Return what a recording of some operations answers."""
    at = datetime.datetime(2026, 11, 18, tzinfo=datetime.UTC)
    head = Manifest("ecs-audit-recording/1", at, "0", "aws", "raw", None, Covered(), [])
    recording = Recording(head, {HERE[:2]: recorded})
    return ReplaySource(recording).call(HERE, call, params)


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
    was, became = set(findings(first)), set(findings(second))
    # A script with a secret in it is recorded as its verdict alone: what else it says is unread.
    unread = {(rule, resource, part, "unknown") for rule, resource, part, _ in was - became}
    assert became - was == unread
    assert {rule for rule, *_ in unread} <= {"INS015"}
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
        ("111122223333/eu-west-1/ecs.DescribeCluster.json", "{}", "ecs.DescribeCluster is no oper"),
        ("111122223333/eu-west-1/esc.ListClusters.json", "{}", "esc.ListClusters is no operation"),
        ("111122223333/eu-west-1/iam.ListRoles.Rolls.json", "{}", "iam.ListRoles.Rolls is no oper"),
        ("111122223333/eu-central-7/ecs.ListClusters.json", "{}", "names no scope"),
        (
            "111122223333/eu-west-1/ecs.ListClusters.json",
            '{"errors": [{"code": "x", "message": "", "http_status": 200}]}',
            "http_status 200",
        ),
        (
            "111122223333/eu-west-1/ecs.ListClusters.json",
            '{"items": ' + "[" * 100_000,
            "nested too deeply",
        ),
    ],
)
def test_a_recording_is_read_strictly(tmp_path: Path, name: str, text: str, said: str) -> None:
    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "r")
    path = tmp_path / "r" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(RecordingError, match=said):
        read(tmp_path / "r")


def test_an_operation_that_is_not_asked_for_may_be_recorded(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "r")
    folder = tmp_path / "r/111122223333/eu-west-1"
    (folder / "ecs.ListAttributes.json").write_text('{"items": []}')
    (folder / "iam.ListRoles.Roles.json").write_text('{"items": []}')
    assert "ecs.ListAttributes" in read(tmp_path / "r").scopes["111122223333", "eu-west-1"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"partition": "mars"}, "mars is no partition"),
        ({"values": "plain"}, "values"),
        ({"format": "ecs-audit-recording/2"}, "format is not"),
        ({"recorded_at": "2026-11-22T01:00:00"}, "no time zone"),
        ({"scopes": [{"account": "1", "regions": []}]}, "no account of 12 digits"),
        ({"scopes": [{"account": "111122223333", "regions": ["../x"]}]}, "misspelt"),
        ({"scopes": [{"account": "111122223333", "regions": ["eu-west-1"] * 2}]}, "named twice"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_its_head_is_read_strictly(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "r")
    path = tmp_path / "r/recording.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(RecordingError, match=said):
        read(tmp_path / "r")


def test_a_file_of_more_than_256_mb_is_not_read(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "r")
    with (tmp_path / "r/111122223333/eu-west-1/ecs.ListClusters.json").open("wb") as sparse:
        sparse.truncate(256 * 1024 * 1024 + 1)
    with pytest.raises(RecordingError, match="larger than 256 MB"):
        read(tmp_path / "r")


def test_links_are_not_followed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "r")
    (tmp_path / "r" / "link").symlink_to("/etc")
    with pytest.raises(RecordingError, match="links"):
        read(tmp_path / "r")


@pytest.mark.parametrize(
    ("recorded", "code"),
    [
        ({}, "NotRecorded"),
        ({"s3.GetBucketLocation": Operation(errors=[Refusal("AccessDenied", "no", 403)])},
         "AccessDenied"),
    ],
)  # fmt: skip
def test_a_bucket_s_location_that_was_refused_is_an_error_like_another(
    recorded: dict[str, Operation], code: str
) -> None:
    with pytest.raises(AnswerError) as raised:
        asked(CALLS["s3:GetBucketLocation"], recorded, Bucket="config")
    assert raised.value.code == code
