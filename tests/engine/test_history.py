"""What changed since earlier audits: by fingerprints, and never because somebody could not look."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest

from auditor.findings import SEVERITIES, AuditPoint, Finding
from auditor.grounds import Unseen
from auditor.history import PastCheck, changes, extent_of, last_open, of_report, past
from auditor.identity import Place
from auditor.verdicts import Row
from tests.formats.samples import hostile

PLACE = ("111122223333", "eu-west-1")
JUDGED = frozenset({("SEC001", *PLACE)})
UNHIDDEN = Unseen()
ONE = msgspec.structs.replace(
    hostile("plain").findings[0],
    resource="arn:aws:ecs:eu-west-1:111122223333:task-definition/web:3",
)


def row(**changed: Any) -> dict[str, Any]:
    first = datetime.datetime(2026, 11, 1)  # noqa: DTZ001 - TIMESTAMP without zone
    base = {"fingerprint": ONE.fingerprint, "rule": "SEC001", "title": "t", "severity": "critical",
            "status": "fail", "unknown_cause": None, "account_id": PLACE[0], "region": PLACE[1],
            "resource": ONE.resource, "part": ONE.part, "first_seen": first}  # fmt: skip
    return {**base, **changed}


def gap(**changed: Any) -> dict[str, Any]:
    return row(fingerprint="f" * 32, status="unknown", unknown_cause="gap", part=None, **changed)


def check(
    *rows: dict[str, Any],
    judged: frozenset[tuple[str, str, str]] = JUDGED,
    unseen: Unseen = UNHIDDEN,
) -> PastCheck:
    point = AuditPoint("x", "2026-11-01T00:00:00Z", dict.fromkeys(SEVERITIES, 0), None)
    return PastCheck("c", "x", "2026-11-01T00:00:00Z", list(rows), judged, point, unseen)


def kinds(earlier: list[PastCheck], *now: Finding, judged: Any = JUDGED) -> list[str]:
    return [c.kind for c in changes(earlier, list(now), judged)]


BLIND = check(judged=frozenset())


@pytest.mark.parametrize(
    ("earlier", "now", "judged", "wanted"),
    [
        ([], [ONE], JUDGED, []),
        ([check()], [ONE], JUDGED, ["new"]),
        ([check(row())], [ONE], JUDGED, ["still_open"]),
        ([check(row(status="waived"))], [ONE], JUDGED, ["still_open"]),
        ([check(row(severity="low"))], [ONE], JUDGED, ["severity_changed"]),
        ([check(row(), row(severity="low"))], [ONE], JUDGED, ["still_open"]),
        ([check(row())], [], JUDGED, ["fixed"]),
        ([check(row()), check()], [ONE], JUDGED, ["reopened"]),
        ([check(row()), check()], [], JUDGED, []),
        ([check(row())], [], frozenset(), ["not_re_evaluated"]),
        ([BLIND], [ONE], JUDGED, ["not_re_evaluated"]),
        ([check(row()), BLIND], [ONE], JUDGED, ["still_open"]),
        ([check(row()), BLIND], [], JUDGED, ["fixed"]),
        ([check(row()), check(gap())], [ONE], JUDGED, ["still_open"]),
        ([check(row()), check(gap())], [], JUDGED, ["fixed"]),
    ],
)
def test_a_change_is_told_only_where_both_could_look(
    earlier: list[PastCheck], now: list[Finding], judged: Any, wanted: list[str]
) -> None:
    assert kinds(earlier, *now, judged=judged) == wanted


def test_a_resource_that_was_not_read_is_not_fixed() -> None:
    refused = msgspec.structs.replace(
        ONE, fingerprint="e" * 32, status="unknown", unknown_cause="gap", part=None
    )
    assert kinds([check(row())], refused) == ["not_re_evaluated"]
    newer = msgspec.structs.replace(refused, resource=ONE.resource.replace(":3", ":4"))
    assert kinds([check(row())], newer) == ["not_re_evaluated"]
    undecided = msgspec.structs.replace(refused, unknown_cause="judgement")
    assert kinds([check(row())], undecided) == ["fixed"]


HIDDEN = Unseen({"task-definition": [Place(*PLACE)]})
HELD = Unseen(HIDDEN.places, frozenset({ONE.resource}))


@pytest.mark.parametrize(
    ("earlier", "now", "hidden", "wanted"),
    [
        ([check(row())], [], HIDDEN, ["not_re_evaluated"]),
        ([check(row())], [], HELD, ["fixed"]),
        ([check(row(resource="arn:aws:ecs:eu-west-1:111122223333:service/main/web"))], [], HIDDEN,
         ["fixed"]),
        ([check(row()), check(unseen=HIDDEN)], [ONE], Unseen(), ["still_open"]),
        ([check(row()), check(unseen=HIDDEN)], [], Unseen(), ["fixed"]),
        ([check(unseen=HIDDEN)], [ONE], Unseen(), ["not_re_evaluated"]),
        ([check(), check(unseen=HIDDEN)], [ONE], Unseen(), ["new"]),
        ([check(unseen=HELD)], [ONE], HELD, ["new"]),
    ],
)  # fmt: skip
def test_what_may_run_unseen_is_neither_fixed_nor_new(
    earlier: list[PastCheck], now: list[Finding], hidden: Unseen, wanted: list[str]
) -> None:
    assert [c.kind for c in changes(earlier, now, JUDGED, hidden)] == wanted
    one = Row(Place(*PLACE), ONE.resource, ONE.part, "fail", "x")
    assert not now or past(earlier).is_new(ONE.fingerprint, one, "SEC001") is (wanted == ["new"])


def test_daemons_run_definitions_of_their_own() -> None:
    daemon = Unseen({"daemon-task-definition": [Place(*PLACE)]})
    assert not daemon.covers(Place(*PLACE), ONE.resource)
    assert daemon.covers(
        Place(*PLACE), "arn:aws:ecs:eu-west-1:111122223333:daemon-task-definition/agent:1"
    )


def test_the_severity_before_is_told_and_of_a_group_the_highest_counts() -> None:
    low = msgspec.structs.replace(ONE, severity="low", resource=ONE.resource.replace(":3", ":2"))
    (change,) = changes([check(row(severity="high"))], [ONE, low], JUDGED)
    assert (change.kind, change.severity, change.before) == (
        "severity_changed", "critical", "high")  # fmt: skip


def test_a_first_sighting_outlives_a_fix_and_a_blind_check() -> None:
    known = past([check(row()), check(), BLIND])
    assert known.first_seen == {ONE.fingerprint: "2026-11-01T00:00:00Z"}
    assert known.open_before == frozenset()
    assert known.judged == {scope: [Unseen(), Unseen()] for scope in JUDGED}
    assert past([check(row()), BLIND]).open_before == {ONE.fingerprint}


def test_what_lies_outside_of_another_extent_is_neither_new_nor_fixed() -> None:
    narrowed = check(row(fingerprint="d" * 32), judged=frozenset())
    assert sorted(kinds([narrowed], ONE)) == ["not_re_evaluated", "not_re_evaluated"]
    assert extent_of("in-use", ["b", "a"]) == extent_of("in-use", ("a", "b"))
    assert extent_of("in-use", []) == extent_of("in-use", None) != extent_of("all", None)


def test_a_report_is_compared_like_a_kept_check() -> None:
    report = hostile("plain")
    kept = of_report(report, JUDGED)
    assert last_open([kept]).keys() == {f.fingerprint for f in report.findings}
    assert {c.kind for c in changes([kept], report.findings, JUDGED)} == {"still_open"}
    assert kept.point.open["critical"] == 3
