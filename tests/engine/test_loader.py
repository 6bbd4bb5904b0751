"""What a rule file may say, and how a breach is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor import rulecheck
from auditor.errors import ConfigError, RuleError
from auditor.rules import Rule, load, load_all, retired, select

ROW = "select task_definition_arn as resource, part, 'pass' as status, 'x' as reason"
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
        ("with a as (delete from containers returning *) select 1", "would delete"),
        ("with a as (select 1) insert into x select 1", "is insert"),
        ("select * from containrs", "did you mean containers"),
        ("", "begins with"),
    ],
)
def test_refused_sql(tmp_path: Path, sql: str, said: str) -> None:
    with pytest.raises(RuleError, match=said) as error:
        rule(tmp_path, sql)
    assert str(error.value).startswith(f"{tmp_path / 'ACM001_x.sql'}:9: ")
    assert "; " in str(error.value)


def test_a_breach_is_told_on_its_line(tmp_path: Path) -> None:
    sql = "\n-- Zürich\nselect image,\n    'é' as e,\n    now() as resource\nfrom containers"
    with pytest.raises(RuleError) as error:
        rule(tmp_path, sql)
    assert str(error.value).startswith(f"{tmp_path / 'ACM001_x.sql'}:13: the function now")


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
        ("\nseverity_: low", "severity_.*did you mean severity"),
        ("\neffort: smal", ":8: .*did you mean small"),
        ("\nyields_to: [ACM001]", "names the rule itself"),
        ("\n? {a: b}\n: c", ":8: a key is no text"),
        ("\nseverity: high", ":8: severity stands twice"),
        ("\noptional: [servces]", ":8: .*did you mean services"),
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


def test_a_wrong_word_is_answered_with_one_of_its_own_list(tmp_path: Path) -> None:
    path = written(tmp_path, "select 1 as resource")
    path.write_text(path.read_text().replace("severity: low", "severity: hi"))
    with pytest.raises(RuleError, match="did you mean high"):
        load(path)


@pytest.mark.parametrize("key", ["title", "why", "fix"])
def test_an_empty_sentence_is_refused(tmp_path: Path, key: str) -> None:
    path = written(tmp_path, "select 1 as resource")
    said = re.sub(rf"(?m)^{key}: .*$", f"{key}: ' '", path.read_text())
    path.write_text(said)
    with pytest.raises(RuleError, match=f"{key} is empty"):
        load(path)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "select task_definition_arn as resource, part, 'pass' as status from containers",
            "first columns",
        ),
        (
            "select part, task_definition_arn as resource, 'pass' as status, 'x' as reason "
            "from containers",
            "first columns",
        ),
        (f"{ROW}, interval 1 day as age from containers", "age is INTERVAL"),
        (f"{ROW}, [image] as images from containers", r"images is VARCHAR\[\]"),
        (f"{ROW}, row(1, 2) as pair from containers", "pair is TUPLE"),
        (f"{ROW}, '{{}}'::json as j from containers", "j is JSON"),
        (f"{ROW}, image, image from containers", "image stands twice"),
        (f"{ROW}, 1 as severity from containers", "severity is INTEGER"),
    ],
)
def test_a_result_of_another_shape_is_refused_before_work(
    tmp_path: Path, sql: str, said: str
) -> None:
    with pytest.raises(RuleError, match=said):
        rulecheck.check([rule(tmp_path, sql)])


def test_an_error_of_the_sql_is_left_to_the_judge(tmp_path: Path) -> None:
    rulecheck.check([rule(tmp_path, f"{ROW}, nothing_such from containers")])


def test_shipped_headers_name_what_is_there() -> None:
    rules = load_all()
    for one in rules.values():
        assert set(one.meta.optional) <= one.reads, one.id
        assert set(one.meta.yields_to) <= rules.keys() - {one.id}, one.id
        assert len(one.meta.thresholds) == one.sql.count("from thresholds"), one.id
    assert retired().keys().isdisjoint(rules)


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
