"""What the engine makes of a rule's rows: severity, confidence, one fault one finding, evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.casebench.bench import collected
from auditor.casebench.matching import contains, fault_in
from auditor.checks import judge
from auditor.errors import RuleError
from auditor.grounds import USERS, ground, uses
from auditor.identity import Place
from auditor.rules import Rule, load
from auditor.verdicts import Row

HEADER = "title: t\nseverity: high\nconfidence: likely\nwhy: w\nfix: f\nrefs: []"
ROW = "task_definition_arn as resource, null as part, 'fail' as status, 'x' as reason"
TWO = {"ecs.DescribeTaskDefinition": [{}, {"family": "old"}]}


def rule(folder: Path, sql: str) -> Rule:
    path = folder / "ACM001_x.sql"
    path.write_text(f"/* ---\n{HEADER}\n--- */\n{sql}\n")
    return load(path)


def rows(folder: Path, sql: str, case: dict) -> list[Row]:
    one = rule(folder, sql)
    with collected(one, case, "fargate", one.path) as bound:
        return judge(bound, one, ground(bound, one.reads)).rows


def severities(found: list[Row]) -> dict[str, str | None]:
    return {row.resource.rsplit("/", 1)[-1]: row.severity for row in found}


def test_a_definition_that_nothing_runs_is_one_step_lower(tmp_path: Path) -> None:
    sql = f"select {ROW} from task_definitions left join services using (task_definition_arn)"
    assert severities(rows(tmp_path, sql, TWO)) == {"web:1": "high", "old:1": "medium"}


def test_a_reason_and_evidence_without_end_are_cut(tmp_path: Path) -> None:
    long = "repeat('x', 100000)"
    sql = (
        f"select {ROW.replace(chr(39) + 'x' + chr(39), long)}, {long} as more from task_definitions"
    )
    (found,) = rows(tmp_path, sql, {})
    assert len(found.reason) == len(str(found.evidence["more"])) == 4096


def test_the_step_starts_from_what_the_row_says(tmp_path: Path) -> None:
    sql = f"select {ROW}, 'info' as severity from task_definitions"
    assert severities(rows(tmp_path, sql, TWO)) == {"web:1": "info", "old:1": "info"}


def test_nothing_is_lowered_where_what_may_run_it_was_refused(tmp_path: Path) -> None:
    one = rule(tmp_path, f"select {ROW} from task_definitions")
    with collected(one, {**TWO, "denied": ["ecs.ListServices"]}, "fargate", one.path) as bound:
        base = ground(bound, one.reads)
        assert any(gap.tables & USERS for gap in base.gaps)
        assert uses(bound, base.gaps) == {
            arn: True for arn, used in uses(bound, ()).items() if used
        }
        found = judge(bound, one, base).rows
    assert set(severities(found).values()) == {"high"}


def test_confidence_is_the_header_s_unless_the_row_says(tmp_path: Path) -> None:
    plain = rows(tmp_path, f"select {ROW} from task_definitions", {})
    lower = rows(tmp_path, f"select {ROW}, 'heuristic' as confidence from task_definitions", {})
    assert (plain[0].confidence, lower[0].confidence) == ("likely", "heuristic")


def test_evidence_is_written_as_json_can_hold_it(tmp_path: Path) -> None:
    sql = (
        f"select {ROW}, sum(1) as huge, 1.50::decimal(9, 2) as part_of, null as nothing, "
        "'nan'::double as none, date '2026-06-30' as day, "
        "timestamp '2026-06-30 01:02:03' as at_time, count(*) > 0 as yes, 7 as seven "
        "from task_definitions group by all"
    )
    assert rows(tmp_path, sql, {})[0].evidence == {
        "huge": 1, "part_of": 1.5, "nothing": None, "none": None, "day": "2026-06-30",
        "at_time": "2026-06-30T01:02:03Z", "yes": True, "seven": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (f"select {ROW} from containers union all select {ROW} from containers", "judged twice"),
        (f"select {ROW.replace('fail', 'failed')} from containers", "'failed'"),
        (f"select {ROW}, 'hgih' as severity from containers", "use critical, high"),
        (f"select {ROW}, 'sure' as confidence from containers", "use certain, likely"),
        (f"select {ROW.replace(chr(39) + 'x' + chr(39), 'null')} from containers", "give status"),
    ],
)
def test_rows_that_break_the_contract_are_refused(tmp_path: Path, sql: str, said: str) -> None:
    with pytest.raises(RuleError, match=said) as error:
        rows(tmp_path, sql, {})
    assert str(error.value).startswith(f"{tmp_path / 'ACM001_x.sql'}:1: ")


def test_a_fault_of_the_sql_is_unknown_with_cause_error(tmp_path: Path) -> None:
    found = rows(tmp_path, "select nothing_such as resource from containers", {})
    assert {(r.status, r.cause) for r in found} == {("unknown", "error")}


def test_every_entry_of_a_case_needs_a_row_of_its_own() -> None:
    place = Place("111122223333", "eu-west-1")
    found = [Row(place, f"arn:x:{n}", f"container/{n}", "fail", "x") for n in ("a", "b")]
    wide, narrow = {"status": "fail"}, {"resource": ":a"}
    assert fault_in(found, "bad", {"finds": [wide, narrow], "exactly": True}) is None
    assert "a row each" in str(fault_in(found, "bad", {"finds": [narrow, narrow]}))
    assert "further" in str(fault_in(found, "bad", {"finds": [narrow], "exactly": True}))
    assert "no rows" in str(fault_in([], "skip", {}))


def test_times_of_a_case_are_compared_as_evidence_is_written() -> None:
    import yaml

    row = Row(Place("", ""), "r", None, "fail", "x", {"at": "2026-06-30T00:00:00Z", "n": 1})
    for text in ("2026-06-30T00:00:00Z", "2026-06-30", "'2026-06-30T00:00:00Z'"):
        assert contains(row, yaml.safe_load(f"at: {text}"))
    assert not contains(row, {"at": "2026-07-01T00:00:00Z"})
    assert not contains(row, {"n": True})


def test_a_table_that_came_after_the_snapshot_is_not_none(tmp_path: Path) -> None:
    one = rule(tmp_path, f"select {ROW} from task_definitions")
    later = rule(tmp_path, "select secret_arn as resource, null as part, 'fail' as status, "
                           "'x' as reason from secrets")  # fmt: skip
    with collected(one, TWO, "fargate", one.path) as bound:
        base = ground(bound, later.reads)
        assert not judge(bound, one, base).not_run
        outcome = judge(bound, later, base)
    assert not outcome.rows
    assert all("secrets was not read" in why for why in outcome.not_run.values())
    assert outcome.not_run
