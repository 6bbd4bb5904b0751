"""Waivers and accepted gaps: what the file may say, what it covers, and for how long."""

from __future__ import annotations

import datetime
import logging
from pathlib import Path

import pytest

from auditor.errors import WaiverError
from auditor.identity import Place
from auditor.verdicts import Missing
from auditor.waivers import Waivers, fits, load, states

TODAY = datetime.date(2026, 11, 24)
WEB = "arn:aws:ecs:eu-west-1:111122223333:task-definition/legacy-web:7"
ENTRY = {
    "id": "W-1",
    "rules": "[SEC002]",
    "resource": '"arn:aws:ecs:*:task-definition/legacy-*"',
    "reason": "reviewed with the vendor",
    "owner": "payments@example.com",
    "expires": "2027-03-31",
}
GAP = {
    "call": "ec2:DescribeInstanceAttribute",
    "accounts": '["111122223333"]',
    "regions": '["*"]',
    "reason": "denied by organisation policy",
    "owner": "platform@example.com",
    "expires": "2027-03-31",
}


def entry(base: dict[str, str], **changed: str | None) -> str:
    lines = [f"{k}: {v}" for k, v in {**base, **changed}.items() if v is not None]
    return "  - " + "\n    ".join(lines) + "\n"


def read(
    folder: Path, *waivers: str, gaps: str = "", schema: str = "ecs-audit-waivers/1"
) -> Waivers:
    path = folder / "waivers.yaml"
    body = f"waivers:\n{''.join(waivers)}" if waivers else ""
    body += f"accepted_gaps:\n{gaps}" if gaps else ""
    path.write_text(f"schema: {schema}\n{body}")
    return load(path, TODAY)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"resource": '"*"'}, r"yaml:5: waiver W-1: .* waives all"),
        ({"resource": '"?*"'}, "waives all"),
        ({"rules": "[SEC]"}, r"yaml:4: .*full rule ids"),
        ({"rules": "[]"}, "full rule ids"),
        ({"reason": "because"}, r"yaml:6: .*shorter than 10 characters"),
        ({"expires": "2027-12-30"}, r"yaml:8: .*more than 400 days ahead"),
        ({"expires": "2027-13-45"}, "a date is none"),
        ({"expires": "soon"}, r"yaml:8: .*expires"),
        ({"owner": None}, r"yaml:3: .*`owner`"),
        ({"owner": '""'}, "owner"),
        ({"severity": "low"}, r"yaml:3: .*unknown field `severity`"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, changed: dict, said: str) -> None:
    with pytest.raises(WaiverError, match=said):
        read(tmp_path, entry(ENTRY, **changed))


def test_four_hundred_days_are_allowed(tmp_path: Path) -> None:
    last = TODAY + datetime.timedelta(days=400)
    assert read(tmp_path, entry(ENTRY, expires=last.isoformat())).waivers[0].expires == last


def test_an_id_and_a_key_stand_once(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match=r"yaml:9: W-1 stands twice"):
        read(tmp_path, entry(ENTRY), entry(ENTRY))
    with pytest.raises(WaiverError, match=r"yaml:9: owner stands twice"):
        read(tmp_path, entry(ENTRY) + "    owner: someone.else@example.com\n")


def test_another_schema_and_broken_yaml_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match="write ecs-audit-waivers/1"):
        read(tmp_path, entry(ENTRY), schema="other/1")
    path = tmp_path / "waivers.yaml"
    path.write_text("schema: ecs-audit-waivers/1\nwaivers: [\n")
    with pytest.raises(WaiverError, match=r"yaml:3: no YAML"):
        load(path, TODAY)
    path.write_text("waivers: &a [*a]\n")
    with pytest.raises(WaiverError):
        load(path, TODAY)
    with pytest.raises(WaiverError, match="cannot be read"):
        load(tmp_path, TODAY)


def test_globs_know_star_and_question_mark_alone() -> None:
    assert fits("a*c?", "abbcd")
    assert not fits("a*c?", "abbc")
    assert not fits("[ab]", "a")
    assert not fits("A*", "abc")
    assert not fits("a", "ab")


@pytest.mark.parametrize(
    ("glob", "text", "wanted"),
    [
        ("*", "", True), ("**", "x", True), ("a*", "a", True), ("*a", "ba", True),
        ("a*a", "a", False), ("a*a", "aa", True), ("*a*b*", "xaxbx", True),
        ("*a*b*", "xbxax", False), ("?", "", False), ("a?c", "a\nc", True), ("a.c", "abc", False),
        ("*ab*ab", "xabab", True), ("*ab*ab", "xab", False), ("a**b", "ab", True),
    ],
)  # fmt: skip
def test_globs_cover_the_whole_text(glob: str, text: str, wanted: bool) -> None:
    assert fits(glob, text) is wanted


def test_a_glob_of_many_stars_ends_on_a_long_name() -> None:
    assert not fits("*a" * 40 + "*b", "a" * 10_000)


def test_a_revision_is_tried_with_and_without(tmp_path: Path) -> None:
    pinned = read(tmp_path, entry(ENTRY, resource=f'"{WEB}"'))
    family = read(tmp_path, entry(ENTRY, resource=f'"{WEB.removesuffix(":7")}"'))
    assert pinned.holding("SEC002", WEB, None, TODAY)
    assert family.holding("SEC002", WEB, None, TODAY)
    assert not pinned.holding("SEC002", WEB.replace(":7", ":8"), None, TODAY)
    assert not family.holding("SEC001", WEB, None, TODAY)


def test_a_part_limits_the_waiver(tmp_path: Path) -> None:
    found = read(tmp_path, entry(ENTRY, part='"container/app/*"'))
    assert found.holding("SEC002", WEB, "container/app/environment/A", TODAY)
    assert not found.holding("SEC002", WEB, "container/web/environment/A", TODAY)
    assert not found.holding("SEC002", WEB, None, TODAY)


def test_a_waiver_holds_through_its_last_day_and_the_first_to_end_is_named(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, entry(ENTRY), entry(ENTRY, id="W-2", expires="2026-12-01"))
    last = datetime.date(2026, 12, 1)
    assert [w.id for w in found.holding("SEC002", WEB, None, last)] == ["W-2", "W-1"]
    after = found.holding("SEC002", WEB, None, last + datetime.timedelta(days=1))
    assert [w.id for w in after] == ["W-1"]


def test_a_date_may_stand_in_quotes(tmp_path: Path) -> None:
    quoted = read(tmp_path, entry(ENTRY, expires='"2026-12-01"'))
    assert quoted.waivers[0].expires == datetime.date(2026, 12, 1)


def test_a_retired_id_stands_for_its_successor(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = read(tmp_path, entry(ENTRY, rules="[SEC005, SEC004, ENI015]"))
    assert found.waivers[0].rules == ["SEC004"]
    assert found.holding("SEC004", WEB, None, TODAY)
    assert [r.getMessage().rpartition(": ")[2] for r in caplog.records] == [
        "SEC005 is retired; it went into SEC004",
        "ENI015 is retired; it was withdrawn",
    ]


def test_states_of_entries(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        entry(ENTRY),
        entry(ENTRY, id="W-2", expires="2026-11-23"),
        entry(ENTRY, id="W-3", rules="[ZZZ999]"),
        entry(ENTRY, id="W-4"),
        gaps=entry(GAP) + entry(GAP, call="ecs:ListTasks"),
    )
    denied = gap("111122223333", "eu-west-1")
    said = {
        s.id: (s.state, s.covered) for s in states(found, {"W-1": 2}, [denied], ["SEC002"], TODAY)
    }
    assert said == {
        "W-1": ("active", 2),
        "W-2": ("expired", 0),
        "W-3": ("unknown_rule", 0),
        "W-4": ("unused", 0),
        "ec2:DescribeInstanceAttribute": ("active", 1),
        "ecs:ListTasks": ("unused", 0),
    }


def gap(account: str, region: str, call: str = "ec2:DescribeInstanceAttribute") -> Missing:
    return Missing(Place(account, region), call, None, "denied", "AccessDenied", frozenset())


def test_an_accepted_gap_covers_its_call_accounts_and_regions_until_it_ends(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, gaps=entry(GAP, regions='["eu-*"]'))
    last = datetime.date(2027, 3, 31)
    assert found.accepts(gap("111122223333", "eu-west-1"), last)
    assert not found.accepts(gap("111122223333", "eu-west-1"), last + datetime.timedelta(days=1))
    assert not found.accepts(gap("111122223333", "us-east-1"), TODAY)
    assert not found.accepts(gap("444455556666", "eu-west-1"), TODAY)
    assert not found.accepts(gap("111122223333", "eu-west-1", "ec2:DescribeInstances"), TODAY)


def test_a_call_in_another_spelling_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match="call"):
        read(tmp_path, gaps=entry(GAP, call="ec2.DescribeInstanceAttribute"))
