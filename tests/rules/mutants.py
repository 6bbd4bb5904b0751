"""Small faults laid into a rule's SQL, one at a time, to see whether its cases notice them.

``python -m tests.rules.mutants [ID or VIEW …]`` tries every mutant and prints those that survive, each
with its place and the text there; the test beside it tries a few of each rule, drawn with the rule's
id as the seed. A view is tried with the cases of every rule that reads it.

A case that fails as it is would notice everything: it is left out, and said. Only the rules that are
named are loaded, so that a broken draft of another one is nobody's matter.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from auditor import catalog
from auditor.casebench.bench import cases_of, collected
from auditor.casebench.matching import fault_in
from auditor.checks import judge
from auditor.errors import RuleError
from auditor.grounds import ground
from auditor.notices import warn
from auditor.resources import builtin
from auditor.rules import Rule, load
from auditor.snapshot import parse
from auditor.snapshot.memory import FIRST_AS_OF, MemoryStore
from auditor.snapshot.views import WORD, View

Node = dict[str, Any]
Change = tuple[str, Node, int | None]
FLIPPED = {
    "COMPARE_EQUAL": "COMPARE_NOTEQUAL", "COMPARE_NOTEQUAL": "COMPARE_EQUAL",
    "COMPARE_LESSTHAN": "COMPARE_LESSTHANOREQUALTO", "COMPARE_LESSTHANOREQUALTO": "COMPARE_LESSTHAN",
    "COMPARE_GREATERTHAN": "COMPARE_GREATERTHANOREQUALTO",
    "COMPARE_GREATERTHANOREQUALTO": "COMPARE_GREATERTHAN",
    "COMPARE_IN": "COMPARE_NOT_IN", "COMPARE_NOT_IN": "COMPARE_IN",
    "OPERATOR_IS_NULL": "OPERATOR_IS_NOT_NULL", "OPERATOR_IS_NOT_NULL": "OPERATOR_IS_NULL",
}  # fmt: skip
NULL: Node = parse.tree("select null")["select_list"][0]
STORE = MemoryStore()
JUDGED = frozenset(("resource", "part", "status", "severity"))
NOWHERE = 2**31  # DuckDB's "no place" is far beyond
KEYS = frozenset(("account_id", "region"))  # joins by scope: cases live in one account


class Mutant(msgspec.Struct, frozen=True):
    """A changed statement, what was changed and the byte of the statement where."""

    change: str
    sql: str
    at: int | None = None


def mutants(sql: str) -> list[Mutant]:
    """Return every single change of the kinds below, once."""
    tree = parse.tree(sql)
    return list(_rendered(tree, _changed(tree)))


def _rendered(tree: Node, changes: Iterable[Change]) -> Iterator[Mutant]:
    """Yield changed trees as SQL, but for those that say what another one says."""
    con = duckdb.connect()
    seen = {_text(con, tree), None}
    for change, changed, at in changes:
        text = _text(con, changed)
        if text not in seen:
            seen.add(text)
            yield Mutant(change, str(text), at)


def _text(con: duckdb.DuckDBPyConnection, tree: Node) -> str | None:
    whole = {"error": False, "statements": [{"node": tree, "named_param_map": []}]}
    try:
        row = con.execute("select json_deserialize_sql(?::json)", [json.dumps(whole)]).fetchone()
    except duckdb.Error:
        return None
    return str(row[0]) if row else None


def _changed(tree: Node) -> Iterator[Change]:
    for path, node in [((), tree), *_walk(tree, ())]:
        for change, new, where in _changes(node):
            yield change, _put(tree, path, new), _place(where)


def _place(value: Any) -> int | None:
    """Return the first byte of the statement that a node or one below it tells."""
    if isinstance(value, list):
        return min((at for one in value if (at := _place(one)) is not None), default=None)
    if not isinstance(value, dict):
        return None
    own, below = value.get("query_location"), _place(list(value.values()))
    return min((at for at in (own, below) if at is not None and at < NOWHERE), default=None)


def _walk(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Node]]:
    if isinstance(value, dict):
        if path:
            yield path, value
        for key, inner in value.items():
            if key == "select_list" and not any(step == "cte_map" for step in path):
                shown = _shown(value)
                for n, column in enumerate(inner):
                    if n in shown:
                        yield from _walk(column, (*path, key, n))
                continue
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _walk(inner, (*path, n))


def _shown(select: Node) -> set[int]:
    """Return the positions of the judged columns: evidence and reasons only inform."""
    named = {n for n, c in enumerate(select["select_list"]) if c.get("alias") in JUDGED}
    return named | {0, 1, 2}


def _put(tree: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return the tree with another node at a path; what lies beside the path is shared."""
    if not path:
        return new
    changed = dict(tree) if isinstance(tree, dict) else list(tree)
    changed[path[0]] = _put(tree[path[0]], path[1:], new)
    return changed


def _changes(node: Node) -> Iterator[tuple[str, Any, Any]]:
    """Yield what may be changed of a node, the node in its place, and what tells where it is."""
    kind, cls = node.get("type", ""), node.get("class", "")
    if _is_key(node):
        return
    if cls == "CONJUNCTION":
        yield from _dropped(node)
    if kind in FLIPPED:
        yield f"flip {kind}", {**node, "type": FLIPPED[kind]}, node
    if kind == "OPERATOR_NOT":
        yield "drop not", node["children"][0], node
    if kind in ("COMPARE_IN", "COMPARE_NOT_IN") and len(node["children"]) > 2:
        for n in range(1, len(node["children"])):
            rest = node["children"][:n] + node["children"][n + 1 :]
            yield f"drop member {n}", {**node, "children": rest}, node["children"][n]
    if cls == "CASE" and len(node["case_checks"]) > 1:
        for n, check in enumerate(node["case_checks"]):
            checks = node["case_checks"]
            yield f"drop when {n}", {**node, "case_checks": checks[:n] + checks[n + 1 :]}, check
    if kind == "JOIN" and node.get("join_type") == "LEFT":
        yield "inner join", {**node, "join_type": "INNER"}, node
    if kind == "SET_OPERATION_NODE":
        for side in ("left", "right"):
            if isinstance(node.get(side), dict):
                other = node["left" if side == "right" else "right"]
                yield f"drop {'right' if side == 'left' else 'left'}", node[side], other
    if node.get("select_list"):
        yield from _without_columns(node)


def _dropped(node: Node) -> Iterator[tuple[str, Any, Any]]:
    children = node["children"]
    for n, child in enumerate(children):
        if _is_key(child):
            continue
        rest = children[:n] + children[n + 1 :]
        left = rest[0] if len(rest) == 1 else {**node, "children": rest}
        yield f"drop operand {n}", left, child


def _without_columns(select: Node) -> Iterator[tuple[str, Any, Any]]:
    """Yield a SELECT with each column that its status looks at absent: NULL wherever it is named."""
    columns = select["select_list"]
    for n, status in enumerate(columns):
        if status.get("alias") != "status":
            continue
        named = [node for _, node in _walk([status], ()) if node.get("class") == "COLUMN_REF"]
        for names in dict.fromkeys(tuple(node["column_names"]) for node in named):
            gone = _nulled(status, names)
            where = next(node for node in named if tuple(node["column_names"]) == names)
            new = {**select, "select_list": [*columns[:n], gone, *columns[n + 1 :]]}
            yield f"{'.'.join(names)} absent", new, where


def _nulled(value: Any, names: tuple[str, ...]) -> Any:
    """Return an expression with NULL in place of a column."""
    if isinstance(value, list):
        return [_nulled(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("class") == "COLUMN_REF" and tuple(value["column_names"]) == names:
        return {**NULL, "alias": value.get("alias", "")}
    return {key: _nulled(one, names) for key, one in value.items()}


def _is_key(node: Node) -> bool:
    """Say whether a comparison only keeps accounts and regions apart."""
    sides = [node.get("left") or {}, node.get("right") or {}]
    return node.get("class") == "COMPARISON" and all(
        (side.get("column_names") or [""])[-1] in KEYS for side in sides
    )


def survivors(rule: Rule, chosen: list[Mutant]) -> list[Mutant]:
    """Return the mutants that no case of the rule notices; a case that fails as it is counts not."""
    left = runnable(chosen)
    for group, title, case, world in cases_of(rule.path.with_suffix(".cases.yaml")):
        if not left:
            break
        with collected(rule, case, world, rule.path) as bound:
            base = ground(bound, rule.reads)
            if is_noticed(bound, rule, Mutant("nothing", rule.sql), base, group, case):
                warn(f"{rule.id}: the case {title!r} fails as it is and is not counted")
                continue
            left = [m for m in left if not is_noticed(bound, rule, m, base, group, case)]
    return left


def runnable(chosen: list[Mutant]) -> list[Mutant]:
    """Return the mutants that can run at all: the others need no case."""
    return [mutant for mutant in chosen if _binds(mutant.sql)]


def _binds(sql: str) -> bool:
    try:
        STORE.bind(1, FIRST_AS_OF).rows(f"explain {sql}")
    except ValueError:
        return False
    return True


def is_noticed(bound: Any, rule: Rule, mutant: Mutant, base: Any, group: str, case: Any) -> bool:
    """Say whether a case, collected, fails where the mutant stands in place of its rule."""
    changed = msgspec.structs.replace(rule, sql=mutant.sql)
    try:
        rows = judge(bound, changed, base).rows
    except RuleError:  # such as a thing that is judged twice
        return True
    return fault_in(rows, group, case) is not None


def sampled(name: str, sql: str, size: int) -> list[Mutant]:
    """Return some of the mutants of a rule or view: the same ones until its SQL changes."""
    tree = parse.tree(sql)
    changes = list(_changed(tree))
    random.Random(name).shuffle(changes)
    return list(islice(_rendered(tree, changes), size))


def view_survivors(view: View, chosen: list[Mutant]) -> list[Mutant]:
    """Return a view's mutants that no case of any rule that reads it notices."""
    left = runnable(chosen)
    names = _above(view.name)
    # Those of storage come early: their cases place tasks in the most ways.
    for rule in sorted(_sound(), key=lambda rule: rule.family != "storage"):
        if not names & set(WORD.findall(rule.sql)):
            continue
        for group, _, case, world in cases_of(rule.path.with_suffix(".cases.yaml")):
            if not left:
                return []
            with collected(rule, case, world, rule.path) as bound:
                base = ground(bound, rule.reads)
                left = [m for m in left if not _is_seen(bound, rule, view, m, base, group, case)]
    return left


def _sound() -> Iterator[Rule]:
    """Yield the rules that can be loaded."""
    for path in sorted(builtin("rules").rglob("*.sql")):
        with contextlib.suppress(RuleError):
            yield load(path)


def _above(name: str) -> set[str]:
    """Return a view and those made from it."""
    found = {name}
    for view in catalog.views().values():  # each after those that it reads
        if found & set(WORD.findall(view.sql or "")):
            found.add(view.name)
    return found


def _is_seen(
    bound: Any, rule: Rule, view: View, mutant: Mutant, base: Any, group: str, case: Any
) -> bool:
    put = f"create or replace temp view {view.name} as "
    bound.con.execute(put + mutant.sql)
    try:
        return is_noticed(bound, rule, Mutant(mutant.change, rule.sql), base, group, case)
    finally:
        bound.con.execute(put + str(view.sql))


def main(wanted: list[str]) -> None:
    """Print the survivors of the rules and views whose names begin so; of all where none is named."""
    chosen = tuple(wanted) or ("",)
    for path in sorted(builtin("rules").rglob("*.sql")):
        if path.name.startswith(chosen):
            _try(path)
    for view in catalog.views().values():
        if view.sql and view.name.startswith(chosen):
            every = mutants(view.sql)
            _show(view.name, view.sql, every, view_survivors(view, every))


def _try(path: Path) -> None:
    try:
        rule = load(path)
        every = mutants(rule.sql)
        left = survivors(rule, every)
    except RuleError as error:
        warn(f"{path.stem}: {error}")
        return
    _show(rule.id, rule.sql, every, left, path)


def _show(
    name: str, sql: str, every: list[Mutant], left: list[Mutant], path: Path | None = None
) -> None:
    """Print survivors with the line of the file, or of a view's SQL, and the text there."""
    sys.stdout.write(f"{name}: {len(every)} mutants, {len(left)} survive\n")
    above = path.read_text(encoding="utf-8").partition(sql)[0].count("\n") if path else 0
    for mutant in left:
        line, text = placed(sql, mutant.at)
        sys.stdout.write(f"    {path or name}:{above + line}: {mutant.change}: {text}\n")


def placed(sql: str, at: int | None) -> tuple[int, str]:
    """Return the line of a byte of a statement, from 1, and what stands there to its end."""
    before, after = sql.encode()[: at or 0].decode(), sql.encode()[at or 0 :].decode()
    return before.count("\n") + 1, after.partition("\n")[0].strip()


if __name__ == "__main__":
    main(sys.argv[1:])
