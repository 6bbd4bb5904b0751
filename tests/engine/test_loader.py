"""What a rule file may say, and how a breach is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import ConfigError, RuleError
from auditor.rules import Rule, load, load_all, select

HEADER = "title: t\nseverity: low\nconfidence: certain\nwhy: w\nfix: f\nrefs: []"


def written(folder: Path, sql: str, more: str = "") -> Path:
    path = folder / "ACM001_x.sql"
    path.write_text(f"/* ---\n{HEADER}{more}\n--- */\n{sql}\n")
    return path


def rule(folder: Path, sql: str) -> Rule:
    return load(written(folder, sql))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("with Containers as (select 1) select * from containers", "named like a table"),
        ("select image from containers using sample 1", "chance"),
        ("select image from containers tablesample 10%", "chance"),
        ("select image from (select image from containers) using sample 1", "chance"),
        ("select current_role as resource", "reads the clock or session"),
        ("select age(as_of) from audit", "function age"),
        ("select current_localtimestamp() as resource", "function current_localtimestamp"),
        ("select getvariable('x') as resource", "function getvariable"),
        ("select * from query_table('containers')", "table function query_table"),
        ("select * from (describe containers)", "SHOW_REF"),
        ("describe containers", "begins with describe"),
        ("summarize containers", "begins with summarize"),
        ("from containers", "begins with from"),
        ("select", "write"),
        ("", "begins with"),
    ],
)
def test_refused_sql(tmp_path: Path, sql: str, said: str) -> None:
    with pytest.raises(RuleError, match=said) as error:
        rule(tmp_path, sql)
    assert str(error.value).startswith(f"{tmp_path / 'ACM001_x.sql'}:8: ")
    assert "; " in str(error.value)


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("with Mine as (select image from containers) select image from mine", {"containers"}),
        ("select (select count(*) from services) as n from containers", {"containers", "services"}),
        ("select image from containers where exists (select 1 from volumes)",
         {"containers", "volumes"}),
        ("select(1) as resource", set()),
        ("select nullif(1, 2) as a, split_part('a:b', ':', 1) as b", set()),
        ("select n from unnest([1, 2]) as t(n)", set()),
        ("select dayname(as_of) as a, bit_or(1) as b from audit group by all", {"audit"}),
        ("select coalesce((select value from thresholds where name = 'x'), 80) as a",
         {"thresholds"}),
        ("with recursive n as (select 1 as i union all select i + 1 from n where i < 3) "
         "select i from n", set()),
    ],
)  # fmt: skip
def test_reads_come_from_the_tree(tmp_path: Path, sql: str, reads: set[str]) -> None:
    assert rule(tmp_path, sql).reads == reads


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("\nsnippets: {chef: x}", "chef"),
        ("\neffort: huge", "huge"),
        ("\neffort: 2027-13-45", "a date is none"),
        ("\nseverity_: low", "severity_"),
    ],
)
def test_refused_header(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        load(written(tmp_path, "select 1 as resource", more))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ACM001_x.sql"
    path.write_bytes(b"/* ---\ntitle: \xff\n--- */\nselect 1")
    with pytest.raises(RuleError, match="UTF-8"):
        load(path)


def test_the_digest_ignores_layout_alone(tmp_path: Path) -> None:
    one = rule(tmp_path, "select image from containers")
    same = rule(tmp_path, "select   image\nfrom containers;")
    other = rule(tmp_path, "select name from containers")
    assert one.digest == same.digest != other.digest


def test_a_repeated_id_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "SEC001_mine.sql"
    path.write_text(f"/* ---\n{HEADER}\n--- */\nselect 1 as resource\n")
    with pytest.raises(RuleError, match="SEC001 is"):
        load_all([tmp_path])


@pytest.mark.parametrize("wanted", [["SEC"], [""]])
def test_an_empty_entry_is_no_prefix_of_all(wanted: list[str]) -> None:
    with pytest.raises(ConfigError, match="empty entry"):
        select(load_all(), wanted, [""])
