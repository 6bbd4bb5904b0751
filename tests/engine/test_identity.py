"""Stable names of findings, computed here from the contract's text and not from the code."""

from __future__ import annotations

import hashlib

import pytest

from auditor import identity
from auditor.identity import Place
from auditor.rules import retired, successor
from auditor.schema import segment

HERE = Place("111122223333", "eu-west-1")
TASK = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web"


def hashed(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


@pytest.mark.parametrize("part", [None, "container/app/environment/DB%2FKEY", "volume/数据"])
def test_a_fingerprint_survives_a_revision_and_an_id_does_not(part: str | None) -> None:
    said = [identity.identity(f"{TASK}:{revision}", None) for revision in (7, 8)]
    assert said == [TASK, TASK]
    assert identity.fingerprint("SEC002", HERE, said[0], part) == hashed(
        "v1", "SEC002", "111122223333", "eu-west-1", TASK, part or ""
    )
    assert identity.finding_id("SEC002", HERE, f"{TASK}:7", part) == hashed(
        "id1", "SEC002", "111122223333", "eu-west-1", f"{TASK}:7", part or ""
    )


@pytest.mark.parametrize(
    ("resource", "given", "kept"),
    [
        ("arn:aws:ecs:eu-west-1:111122223333:daemon-task-definition/d:3", None,
         "arn:aws:ecs:eu-west-1:111122223333:daemon-task-definition/d"),
        ("arn:aws:ecs:eu-west-1:111122223333:container-instance/main/ci1",
         "arn:aws:ecs:eu-west-1:111122223333:cluster/main",
         "arn:aws:ecs:eu-west-1:111122223333:cluster/main"),
        ("arn:aws:iam::111122223333:role/web:1", None, "arn:aws:iam::111122223333:role/web:1"),
        ("file:task.json#web", None, "file:task.json#web"),
    ],
)  # fmt: skip
def test_what_survives_replacement(resource: str, given: str | None, kept: str) -> None:
    assert identity.identity(resource, given) == kept


def test_a_retired_rule_is_hashed_under_its_successor() -> None:
    merged = {old: new for old, new in retired().items() if new}
    assert merged["SEC005"] == "SEC004"
    assert [successor(old) for old in merged] == list(merged.values())
    assert successor("IAM001") == "IAM001"
    assert not set(merged.values()) & retired().keys()
    assert {successor(old) for old, new in retired().items() if new is None} == {
        old for old, new in retired().items() if new is None
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [("app", "app"), ("a/b", "a%2Fb"), ("50%", "50%25"), ("a%2Fb", "a%252Fb"), ("受注", "受注")],
)
def test_names_in_parts_are_percent_encoded(name: str, said: str) -> None:
    assert segment(name) == said


@pytest.mark.parametrize(
    ("resource", "account", "region", "place"),
    [
        ("arn:aws:iam::111122223333:role/web", None, None, ("111122223333", "global")),
        ("arn:aws:ec2:eu-west-1::image/ami-1", "111122223333", None, ("111122223333", "eu-west-1")),
        ("arn:aws:s3:::bucket", "111122223333", "eu-west-1", ("111122223333", "eu-west-1")),
        ("file:task.json#web", None, None, ("000000000000", "local")),
    ],
)
def test_the_place_of_a_resource(
    resource: str, account: str | None, region: str | None, place: tuple[str, str]
) -> None:
    assert identity.place(resource, account, region) == place
