"""From gaps to verdicts: one test or more a clause, no database needed."""

from __future__ import annotations

import pytest

from auditor.identity import Place
from auditor.verdicts import Missing, Row, Unasked, apply, failed, not_run

ACCOUNT = "111122223333"
HERE, ELSEWHERE, GLOBAL = (Place(ACCOUNT, r) for r in ("eu-west-1", "eu-north-1", "global"))
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
NONE: frozenset[str] = frozenset()
READS = frozenset({"task_definitions", "containers"})


def definition(family: str) -> str:
    return f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/{family}:1"


def row(resource: str, status: str = "pass", place: Place = HERE) -> Row:
    return Row(place, resource, None, status, "judged")


def gap(resource: str | None = None, *, status: str = "denied", place: Place = HERE,
        tables: frozenset[str] = READS) -> Missing:  # fmt: skip
    return Missing(place, "ecs:DescribeTaskDefinition", resource, status, "AccessDenied", tables)


def judged(rows: list[Row], *gaps: Missing, place: Place = HERE, reads: frozenset[str] = READS,
           optional: frozenset[str] = NONE) -> list[Row]:  # fmt: skip
    return apply(rows, place, ROOT, reads, optional, gaps)


def test_clause_1_replaces_the_rows_of_the_resource_alone() -> None:
    web, job = definition("web"), definition("job")
    found = judged([row(web, "fail"), row(job, "fail")], gap(web))
    assert [(r.resource, r.status, r.cause) for r in found] == [
        (job, "fail", None),
        (web, "unknown", "gap"),
    ]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("denied", "ecs:DescribeTaskDefinition was refused for it (AccessDenied)."),
        ("failed", "ecs:DescribeTaskDefinition failed for it (AccessDenied)."),
        ("throttled", "ecs:DescribeTaskDefinition failed for it (AccessDenied)."),
    ],
)
def test_clause_1_says_what_happened_to_the_call(status: str, reason: str) -> None:
    found = judged([row(definition("job"))], gap(definition("web"), status=status))
    assert [r.reason for r in found if r.status == "unknown"] == [reason]


def test_clause_1_says_a_resource_with_two_gaps_once() -> None:
    web = definition("web")
    found = judged([row(web)], gap(web), gap(web, status="failed"))
    assert [(r.resource, r.part, r.status) for r in found] == [(web, None, "unknown")]


def test_an_unknown_names_the_gaps_behind_it_and_no_other() -> None:
    web, job = definition("web"), definition("job")
    mine, again = gap(web), gap(web, status="failed")
    other, spared = gap(job), gap(tables=frozenset({"log_groups"}))
    found = judged([row(web), row(job)], mine, again, other, spared,
                   reads=READS | {"log_groups"}, optional=frozenset({"log_groups"}))  # fmt: skip
    assert {r.resource: r.gaps for r in found} == {web: (mine, again), job: (other,)}
    wide = gap()
    assert [r.gaps for r in judged([row(web)], mine, wide)] == [(mine, wide)]
    assert [r.gaps for r in judged([], wide)] == [(wide,)]


def test_clause_1_holds_for_an_optional_table_too() -> None:
    web = definition("web")
    found = judged([row(web)], gap(web), optional=READS)
    assert [r.status for r in found] == ["unknown"]


def test_clause_1_takes_a_row_whose_gap_lies_in_the_global_scope() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/web"
    found = judged([row(role, "pass")], gap(role, place=GLOBAL))
    assert [r.status for r in found] == ["unknown"]


def test_clause_1_falls_back_to_the_scope_for_another_kind_of_resource() -> None:
    service = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/main/web"
    found = judged([row(service)], gap(definition("web")))
    assert [(r.resource, r.status) for r in found] == [(service, "unknown")]


def test_clause_1_leaves_another_kind_alone_where_the_table_is_optional() -> None:
    service = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/main/web"
    found = judged([row(service)], gap(definition("web")), optional=READS)
    assert [r.status for r in found] == ["pass"]


@pytest.mark.parametrize("status", ["fail", "pass", "skip", "unknown"])
@pytest.mark.parametrize("place", [HERE, GLOBAL])
def test_clause_2_makes_every_row_unknown(status: str, place: Place) -> None:
    found = judged([row(definition("web"), status)], gap(place=place))
    assert [(r.status, r.cause) for r in found] == [("unknown", "gap")]
    assert found[0].reason == (
        "ecs:DescribeTaskDefinition was refused (AccessDenied): judged"
    )  # fmt: skip


def test_clause_2_adds_the_account_where_nothing_was_judged() -> None:
    found = judged([], gap())
    assert [(r.place, r.resource, r.part, r.status) for r in found] == [
        (HERE, ROOT, None, "unknown")
    ]


@pytest.mark.parametrize(
    "other",
    [
        gap(place=ELSEWHERE),
        gap(place=Place("444455556666", "eu-west-1")),
        gap(tables=frozenset({"services"})),
    ],
)
def test_clause_2_stays_within_its_scope_and_tables(other: Missing) -> None:
    found = judged([row(definition("web"), "fail")], other)
    assert [r.status for r in found] == ["fail"]


def test_clause_2_leaves_a_rule_whose_table_is_optional() -> None:
    found = judged([row(definition("web"))], gap(), optional=READS)
    assert [r.status for r in found] == ["pass"]


def test_clause_2_counts_the_tables_that_are_not_optional() -> None:
    found = judged([row(definition("web"))], gap(), optional=frozenset({"containers"}))
    assert [r.status for r in found] == ["unknown"]


def test_clause_3_does_not_run_what_was_not_requested() -> None:
    asked = Unasked(HERE, "not_requested", "ecs:DescribeTaskDefinition", READS)
    assert not_run(HERE, READS, NONE, [asked]) == (
        "ecs:DescribeTaskDefinition was not requested, so containers, task_definitions was not read"
    )
    assert not_run(HERE, READS, READS, [asked]) is None
    assert not_run(ELSEWHERE, READS, NONE, [asked]) is None
    assert not_run(GLOBAL, READS, NONE, [asked]) is not None


def test_clause_3_a_disabled_region_leaves_the_account_judged() -> None:
    asleep = Unasked(ELSEWHERE, "region_disabled", "ecs:ListClusters", READS)
    reason = not_run(ELSEWHERE, READS, NONE, [asleep])
    assert reason is not None
    assert reason.startswith("region eu-north-1 is disabled")
    assert not_run(HERE, READS, NONE, [asleep]) is None
    assert not_run(GLOBAL, READS, NONE, [asleep]) is None


def test_clause_3_a_fault_is_unknown_in_every_scope() -> None:
    found = failed([HERE, GLOBAL], {ACCOUNT: ROOT}, "SEC001 could not run")
    assert [(r.place, r.resource, r.status, r.cause) for r in found] == [
        (HERE, ROOT, "unknown", "error"),
        (GLOBAL, ROOT, "unknown", "error"),
    ]
