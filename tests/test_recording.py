"""Record and replay: the same rows again, and no secret in the recording."""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from auditor import api, catalog
from auditor.casebench.tokens import MADE, token
from auditor.collectors import collectors
from auditor.collectors.base import Call, Params
from auditor.collectors.record import RecordingSource
from auditor.collectors.recording import Covered, Manifest, Operation, Recording, Refusal, read
from auditor.collectors.replay import ReplaySource
from auditor.collectors.source import AnswerError
from auditor.errors import RecordingError
from auditor.schema import Item, Scope
from auditor.secrets.masking import Masker
from tests.conftest import ROOT, audit

HERE = Scope("111122223333", "eu-west-1", "aws")
CALLS = {call.name: call for c in collectors().values() for call in c.calls}


def asked(call: Call, recorded: dict[str, Operation], **params: Any) -> Item:
    """Return what a recording of some operations answers."""
    at = datetime.datetime(2026, 11, 18, tzinfo=datetime.UTC)
    head = Manifest("ecs-audit-recording/1", at, "0", "aws", "raw", None, Covered(), [])
    recording = Recording(head, {HERE[:2]: recorded})
    return ReplaySource(recording).call(HERE, call, {**call.fixed, **params})


def held(db: Path) -> dict[str, list[str]]:
    """Return every row of the newest snapshot by table, and what could not be read."""
    names = [*catalog.tables(), "collection_calls", "collection_gaps", "snapshot_scopes"]
    with api.open(db) as bound:
        return {name: sorted(map(str, bound.rows(f"select * from {name}").rows)) for name in names}


@pytest.mark.long
@pytest.mark.parametrize("account", ["acme/2026-11", "full"])
def test_a_recording_replays_to_the_same_rows_and_holds_no_secret(
    account: str, tmp_path: Path
) -> None:
    source = str(ROOT / "fixtures/accounts" / account)
    for n, origin in enumerate((source, "r0", "r1")):
        words = ("collect", "--from", origin, "--record", f"r{n}", "--db", f"{n}.duckdb")
        assert audit(*words, cwd=tmp_path).returncode in (0, 3)
    was = held(tmp_path / "0.duckdb")
    assert held(tmp_path / "1.duckdb") == was
    assert held(tmp_path / "2.duckdb") == was
    for path in tmp_path.glob("r*/**/*.json"):
        data = path.read_text()
        for name in MADE:
            assert token(name) not in data, f"{name} in {path}"
    again = audit("collect", "--from", source, "--record", "r0", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr


@pytest.mark.long
def test_services_outside_of_a_recording_were_not_requested(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures/accounts/clean", tmp_path / "r")
    (tmp_path / "r/111122223333/eu-west-1/logs.DescribeLogGroups.json").unlink()
    head = json.loads((tmp_path / "r/recording.json").read_text())
    head["scope"]["services"] = ["ecs", "iam"]
    (tmp_path / "r/recording.json").write_text(json.dumps(head))
    for more in ((), ("--services", "ecs,logs")):
        done = audit("collect", "--from", "r", *more, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        with api.open(tmp_path / "audit.duckdb") as bound:
            sql = "select distinct split_part(call, ':', 1) from collection_calls where status = "
            asked = {row[0] for row in bound.rows(f"{sql}'ok'").rows}
            assert asked == {"ecs", "iam"} - ({"iam"} if more else set())
            assert ("logs",) in bound.rows(f"{sql}'not_requested'").rows


@pytest.mark.long
@pytest.mark.parametrize("asked", [("--cluster", "shop"), ("--all-revisions",)])
def test_a_recording_is_replayed_within_its_own_scope(
    tmp_path: Path, asked: tuple[str, ...]
) -> None:
    source = str(ROOT / "fixtures/accounts/acme/2026-11")
    words = ("collect", "--from", source, "--record", "r", "--db", "0.duckdb")
    first = audit(*words, *asked, cwd=tmp_path)
    again = audit("collect", "--from", "r", "--db", "1.duckdb", cwd=tmp_path)
    assert first.returncode == again.returncode != 4, first.stderr
    assert held(tmp_path / "1.duckdb") == held(tmp_path / "0.duckdb")
    infos = []
    for name in ("0.duckdb", "1.duckdb"):
        with api.open(tmp_path / name) as bound:
            infos.append((bound.info.revisions, bound.info.clusters))
    assert infos[0] == infos[1] != ("in-use", None)


class Answers:
    """A source that answers each request from what its parameters name."""

    def __init__(self, **by_id: Item) -> None:
        self.by_id = by_id

    def call(self, _scope: Scope, call: Call, params: Params) -> Item:
        named = next(v for v in params.values() if v in self.by_id)
        if self.by_id[named] is REFUSED:
            raise AnswerError("AccessDeniedException", f"not {named}", 400)
        return self.by_id[named]


REFUSED: Item = {}


@pytest.mark.parametrize(
    ("name", "param", "more", "answers"),
    [
        ("elbv2:DescribeTargetHealth", "TargetGroupArn", {},
         {"a": {"TargetHealthDescriptions": [{"Target": {"Id": "i-1"}}]},
          "b": {"TargetHealthDescriptions": []}, "c": REFUSED}),
        ("s3:ListObjects", "Prefix", {"Bucket": "config", "MaxKeys": 1},
         {"a.env": {"Contents": [{"Key": "a.env"}]}, "b.env": {}}),
        ("ecs:ListServices", "cluster", {"maxResults": 100},
         {"one": {"serviceArns": ["arn:aws:ecs:eu-west-1:111122223333:service/one/web"]},
          "two": REFUSED}),
    ],
)  # fmt: skip
def test_each_answer_is_recorded_for_what_was_asked(
    tmp_path: Path, name: str, param: str, more: dict[str, Any], answers: dict[str, Item]
) -> None:
    source = RecordingSource(Answers(**answers), tmp_path / "r", Masker(bytes(32)))
    for named, answer in answers.items():
        with contextlib.suppress(AnswerError):
            assert source.call(HERE, CALLS[name], {param: named, **more}) == answer
    scopes = [{"account": HERE.account_id, "regions": [HERE.region]}]
    source.write({"recorded_at": "2026-11-18T01:00:00Z", "tool_version": "0", "partition": "aws",
                  "values": "masked", "key_id": None, "scope": {}, "scopes": scopes})  # fmt: skip
    replayed = ReplaySource(read(tmp_path / "r"))
    for named, answer in answers.items():
        if answer is REFUSED:
            with pytest.raises(AnswerError, match=f"not {named}"):
                replayed.call(HERE, CALLS[name], {param: named, **more})
        else:
            assert replayed.call(HERE, CALLS[name], {param: named, **more}) == answer


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


@pytest.mark.parametrize(
    ("name", "param", "answer"),
    [
        ("elbv2:DescribeTargetHealth", "TargetGroupArn", {"TargetHealthDescriptions": []}),
        ("autoscaling:DescribeLifecycleHooks", "AutoScalingGroupName", {"LifecycleHooks": []}),
        ("ec2:DescribeInstanceAttribute", "InstanceId", {}),
    ],
)
def test_no_items_are_none_for_every_parent(name: str, param: str, answer: Item) -> None:
    recorded = {name.replace(":", "."): Operation(items=[])}
    assert asked(CALLS[name], recorded, **{param: "x"}) == answer


def test_no_policy_is_the_error_that_aws_says_it_with() -> None:
    recorded = {"ecr.GetRepositoryPolicy": Operation(items=[])}
    with pytest.raises(AnswerError) as raised:
        asked(CALLS["ecr:GetRepositoryPolicy"], recorded, repositoryName="web")
    assert raised.value.code == "RepositoryPolicyNotFoundException"
