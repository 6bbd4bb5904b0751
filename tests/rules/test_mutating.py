"""What the mutants of a rule say: no failing case counts, and a survivor is found in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.casebench.template import begun
from tests.rules import mutants

BAD = """  a case that fails as it is:
    ecs.DescribeTaskDefinition: [{}]
"""


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return a new rule and its cases, in a folder that is taken for the shipped rules."""
    monkeypatch.setattr(mutants, "builtin", lambda _: tmp_path)
    sql, cases = begun("ACM001_mine", tmp_path)
    return sql, cases


def test_a_failing_case_is_said_and_notices_nothing(
    draft: tuple[Path, Path], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    sql, cases = draft
    sql.write_text(sql.read_text().replace("when privileged", "when privileged and cpu is null"))
    mutants.main(["ACM001"])
    before = capsys.readouterr().out
    assert "0 survive" not in before
    cases.write_text(cases.read_text().replace("good:", f"{BAD}good:"))
    mutants.main(["ACM001"])
    assert capsys.readouterr().out == before
    assert "'a case that fails as it is' fails as it is and is not counted" in caplog.text


def test_a_survivor_is_shown_with_its_line_and_text(
    draft: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    sql, _ = draft
    sql.write_text(sql.read_text().replace("from containers", "from containers\nwhere name <> 'x'"))
    mutants.main(["ACM001"])
    line = sql.read_text().splitlines().index("where name <> 'x';") + 1
    assert f"{sql}:{line}: flip COMPARE_NOTEQUAL: " not in capsys.readouterr().out
    sql.write_text(
        sql.read_text().replace("name <> 'x'", "name <> 'x' and cpu is not distinct from cpu")
    )
    mutants.main(["ACM001"])
    assert f"{sql}:{line}: drop operand 0: name <> 'x'" in capsys.readouterr().out


def test_a_broken_other_rule_is_nobody_s_matter(
    draft: tuple[Path, Path], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    draft[0].with_name("ACM002_broken.sql").write_text("select")
    mutants.main(["ACM001"])
    assert capsys.readouterr().out.startswith("ACM001: ")
    assert caplog.text == ""
    mutants.main(["ACM002"])
    assert "no header" in caplog.text


def test_a_column_that_the_status_looks_at_may_be_absent(draft: tuple[Path, Path]) -> None:
    sql = mutants.load(draft[0]).sql
    (found,) = [m for m in mutants.mutants(sql) if m.change == "privileged absent"]
    assert "CASE  WHEN (NULL)" in found.sql
    assert mutants.placed(sql, found.at)[1].startswith("privileged then 'fail'")
