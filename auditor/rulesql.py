"""What a rule's SQL may say: one SELECT over declared tables, with functions that only compute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor import catalog
from auditor.errors import RuleError
from auditor.nearest import hint
from auditor.snapshot import parse

# Plain scalar, aggregate and window functions; nothing here reads the clock, chance, settings,
# variables or files. (duckdb_functions() calls age(t) CONSISTENT although it reads the clock.)
FUNCTIONS = frozenset(
    """
    abs ceil ceiling floor round trunc greatest least sign mod pow power sqrt exp ln log log2 log10
    + - * / // % || = == <> != < <= > >= ! ~~ !~~ ~~* !~~* ~ !~ & | << >> ^ ** ~~~ <=>
    lower upper trim ltrim rtrim length len strlen substr substring left right replace translate
    concat concat_ws contains prefix suffix starts_with ends_with position strpos instr split_part
    lpad rpad repeat reverse
    chr ascii unicode format printf regexp_matches regexp_full_match
    regexp_extract regexp_replace like_escape not_like_escape ilike_escape not_ilike_escape
    like ilike similar_to nullif coalesce ifnull if iif
    date_diff datediff date_add date_part datepart date_sub date_trunc datetrunc year month day hour
    minute second epoch epoch_ms strftime to_days to_hours to_minutes to_seconds to_months
    make_date make_timestamp dayofweek dayofyear last_day
    count count_star count_if countif sum avg min max median mode any_value first last bool_and
    bool_or string_agg group_concat listagg arg_min arg_max min_by max_by product stddev variance
    quantile quantile_cont quantile_disc
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value
    nth_value
    bit_count bit_and bit_or bit_xor xor hash md5 sha1 sha256 unnest range generate_series
    list_value row string_split str_split string_to_array regexp_split_to_array list_contains
    char_length character_length octet_length ord lcase ucase strip_accents hex unhex base64
    to_base64 url_encode url_decode overlay bin
    isnan isinf isfinite cbrt pi even factorial gcd lcm fmod add subtract multiply divide
    quarter week weekofyear weekday yearweek isoyear isodow dayofmonth dayname monthname decade
    century epoch_us epoch_ns make_time time_bucket strptime try_strptime
    to_weeks to_years to_milliseconds
    arbitrary mean fsum stddev_pop stddev_samp var_pop var_samp covar_pop covar_samp corr
    approx_count_distinct argmax argmin approx_quantile quantile entropy kurtosis skewness mad sem
    regr_slope regr_intercept regr_r2 regr_count geomean favg kahan_sum fill grouping
    array_agg list list_sort list_distinct list_extract list_unique list_aggregate array_to_string
    array_length list_count array_extract element_at
    sin cos tan asin acos atan atan2 degrees radians
    levenshtein editdist3 damerau_levenshtein jaccard hamming jaro_similarity
    jaro_winkler_similarity typeof
    """.split()
)
TABLE_FUNCTIONS = frozenset("unnest range generate_series".split())
# Comments may stand before the first word.
FIRST_WORD = re.compile(r"(?:[(\s]|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*(\w+)", re.DOTALL)
CLOCK = frozenset(
    "current_date current_time current_timestamp localtime localtimestamp current_user "
    "session_user user current_role current_schema current_database current_catalog now "
    "today".split()
)


def inspect(path: Path, line: int, sql: str) -> frozenset[str]:
    """Return the tables that a statement reads; raise RuleError for what is not allowed."""

    def refuse(what: str, remedy: str, at: int | None = None) -> RuleError:
        # DuckDB counts the bytes before a node.
        before = sql.encode()[: at or 0].count(b"\n")
        return RuleError(f"{path}:{line + before}: {what}; {remedy}")

    word = FIRST_WORD.match(sql)
    first = word[1].lower() if word else sql.strip()[:20]
    if first not in ("select", "with"):
        raise refuse(f"the statement begins with {first or 'nothing'}", "write one select")
    try:
        kinds = parse.statements(sql)
        if len(kinds) != 1:
            raise refuse(f"{len(kinds)} statements", "write exactly one select")
        if kinds != ["SELECT"]:
            raise refuse(f"the statement is {kinds[0].lower()}", "write one select")
        tree = parse.tree(sql)
    except ValueError as error:
        raise refuse(str(error), "correct the SQL") from None
    nodes = list(_nodes(tree))
    ctes = {entry["key"].lower() for node in nodes for entry in _ctes(node)}
    declared = catalog.readable()
    for name in sorted(ctes & declared):
        raise refuse(f"the CTE {name} is named like a table", "give it another name")
    reads: set[str] = set()
    for node in nodes:
        _check(node, refuse)
        if node.get("type") == "BASE_TABLE":
            name = _table(node, refuse)
            if name not in ctes and name not in declared:
                near = hint(name, declared).removeprefix("; ") or "see `ecs-audit schema`"
                raise refuse(f"{name} is not a declared table", near, _at(node))
            reads.add(name)
    return frozenset(followed(reads - ctes))


def _at(node: dict[str, Any]) -> int | None:
    found = node.get("query_location")
    return found if isinstance(found, int) and found < 2**31 else None


def followed(names: set[str]) -> set[str]:
    """Return the tables behind names: views are followed to what they read."""
    views = catalog.views()
    return {t for name in names for t in (views[name].reads if name in views else (name,))}


def _ctes(node: dict[str, Any]) -> list[dict[str, Any]]:
    inner = node.get("cte_map")
    return list(inner.get("map", [])) if isinstance(inner, dict) else []


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack += [v for v in item.values() if v and isinstance(v, (dict, list))]
        elif isinstance(item, list):
            stack += item


def _table(node: dict[str, Any], refuse: Any) -> str:
    if node.get("schema_name") or node.get("catalog_name"):
        raise refuse("a table is named with its schema", "name the table alone", _at(node))
    name: str = node["table_name"]
    return name.lower()


def _check(node: dict[str, Any], refuse: Any) -> None:
    found = _breach(node)
    if found:
        raise refuse(*found, _at(node))


def _breach(node: dict[str, Any]) -> tuple[str, str] | None:
    """Return what a node breaks and the remedy."""
    kind, cls = str(node.get("type")), node.get("class")
    if kind.endswith("_QUERY_NODE"):
        return f"a part of it would {kind.split('_')[0].lower()}", "write one select"
    if node.get("sample"):
        return "a sample leaves the rows to chance", "read every row"
    if kind in ("PIVOT", "SHOW_REF"):
        return f"{kind} is not allowed", "write plain joins and groups"
    if kind == "TABLE_FUNCTION":
        name = (node.get("function") or {}).get("function_name", "").lower()
        if name not in TABLE_FUNCTIONS:
            return f"the table function {name} is not allowed", "read declared tables"
    if cls in ("FUNCTION", "WINDOW"):
        name = str(node.get("function_name", "")).lower()
        if name and name not in FUNCTIONS and name not in TABLE_FUNCTIONS:
            return f"the function {name} is not allowed", "use plain functions"
    if cls == "COLUMN_REF":
        names = node.get("column_names") or []
        if len(names) == 1 and names[0].lower() in CLOCK:
            return f"{names[0]} reads the clock or session", "use audit.as_of"
    if cls == "PARAMETER":
        return "a parameter stands in the SQL", "write the value"
    if cls == "LAMBDA":
        return "a lambda stands in the SQL", "write joins"
    return None
