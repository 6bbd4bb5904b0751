"""Roles with the exact set of risk classes that they carry: each class, and what comes near it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from auditor.analyses.iam import judge_role
from tests.iam.test_requests import ACCOUNT, REGION, document, here

OWN = {"Effect": "Allow", "Action": "sts:AssumeRole",
       "Principal": {"Service": "ecs-tasks.amazonaws.com"},
       "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}  # fmt: skip


def trust_of(role: dict[str, Any]) -> Any:
    """Spell out a trust: its statements lack the effect and action that nearly all have."""
    if "trust" not in role:
        if role.get("kind") == "instance":
            return None
        return {"Version": "2012-10-17", "Statement": [OWN]}
    common = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**common, **s} for s in here(role["trust"])]}


def cases() -> list[Any]:
    found = []
    for role in yaml.safe_load(Path(__file__).with_name("roles.yaml").read_text()):
        policies = role.get("policies") or ([role["policy"]] if "policy" in role else [])
        judged = {
            "kind": role.get("kind", "task"),
            "account": ACCOUNT,
            "region": role.get("region", REGION),
            "trust": trust_of(role),
            "policies": [
                {"name": f"p{n}", "document": document(p)} for n, p in enumerate(policies)
            ],
        }
        if "boundary" in role:
            given = role["boundary"]
            judged["boundary"] = given if isinstance(given, str) else document(given)
        found.append(pytest.param(judged, role["is"], id=role["role"].replace(" ", "-")))
    return found


CASES = cases()


@pytest.mark.parametrize(("role", "expected"), CASES)
def test_role(role: dict[str, Any], expected: dict[str, str]) -> None:
    assert judge_role(role) == expected


def test_every_class_is_certain_in_one_role_and_absent_from_others() -> None:
    expected = [case.values[1] for case in CASES]
    classes = {name for one in expected for name in one}
    assert len(classes) == 17
    for name in classes:
        assert any(one.get(name) == "certain" for one in expected), name
        assert sum(name not in one for one in expected) > 40, name


@pytest.mark.parametrize(
    "wrong",
    [None, [], "task", {}, {"kind": "user"}, {"kind": "task", "policies": "x"},
     {"kind": "task", "policies": [{"name": "p"}]}, {"kind": "task", "policies": [7]},
     {"kind": "task", "policies": [{"name": "p", "document": 7}]},
     {"kind": "task", "policies": [], "trust": []}, {"kind": "task", "boundary": 7}],
)  # fmt: skip
def test_other_shapes_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        judge_role(wrong)


SOUND = {"kind": "task", "account": ACCOUNT, "region": REGION, "policies": []}
DOCUMENT = document([{"allow": "*", "to": "*"}])


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("kind", ["task"]), ("kind", 1), ("account", 111122223333), ("account", None),
     ("region", 1), ("region", None), ("policies", {}), ("policies", None), ("policies", ""),
     ("policies", [[]]), ("policies", [{"document": DOCUMENT}]),
     ("policies", [{"name": 1, "document": DOCUMENT}]),
     ("policies", [{"name": "p", "document": [DOCUMENT]}]), ("policies", [{"name": "p"}]),
     ("trust", 7), ("boundary", [])],
)  # fmt: skip
def test_a_wrong_type_is_refused_where_all_else_is_sound(key: str, wrong: Any) -> None:
    assert judge_role(SOUND) == {}
    with pytest.raises(ValueError, match=r"\w"):
        judge_role({**SOUND, key: wrong})


@pytest.mark.parametrize("key", SOUND)
def test_a_role_lacks_nothing_but_trust_and_boundary(key: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        judge_role({k: v for k, v in SOUND.items() if k != key})
