"""Small faults laid into a rule's SQL, one at a time, to see whether its cases notice them.

``python -m tests.rules.mutants [ID or VIEW …]`` tries every mutant and prints those that survive; the
test beside it tries a few of each rule, drawn with the rule's id as the seed. A view is tried with
the cases of every rule that reads it.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import duckdb
import msgspec

from auditor import catalog
from auditor.casebench.bench import cases_of, collected
from auditor.casebench.matching import fault_in
from auditor.checks import judge
from auditor.errors import RuleError
from auditor.grounds import ground
from auditor.rules import Rule, load_all
from auditor.snapshot import parse
from auditor.snapshot.memory import FIRST_AS_OF, MemoryStore
from auditor.snapshot.views import WORD, View

Node = dict[str, Any]
FLIPPED = {
    "COMPARE_EQUAL": "COMPARE_NOTEQUAL", "COMPARE_NOTEQUAL": "COMPARE_EQUAL",
    "COMPARE_LESSTHAN": "COMPARE_LESSTHANOREQUALTO", "COMPARE_LESSTHANOREQUALTO": "COMPARE_LESSTHAN",
    "COMPARE_GREATERTHAN": "COMPARE_GREATERTHANOREQUALTO",
    "COMPARE_GREATERTHANOREQUALTO": "COMPARE_GREATERTHAN",
    "COMPARE_IN": "COMPARE_NOT_IN", "COMPARE_NOT_IN": "COMPARE_IN",
    "OPERATOR_IS_NULL": "OPERATOR_IS_NOT_NULL", "OPERATOR_IS_NOT_NULL": "OPERATOR_IS_NULL",
}  # fmt: skip
STORE = MemoryStore()
JUDGED = frozenset(("resource", "part", "status", "severity"))
KEYS = frozenset(("account_id", "region"))  # joins by scope: cases live in one account


class Mutant(msgspec.Struct, frozen=True):
    """A changed statement and what was changed."""

    change: str
    sql: str


def mutants(sql: str) -> list[Mutant]:
    """Return every single change of the kinds below, once."""
    tree = parse.tree(sql)
    return list(_rendered(tree, _changed(tree)))


def _rendered(tree: Node, changes: Iterable[tuple[str, Node]]) -> Iterator[Mutant]:
    """Yield changed trees as SQL, but for those that say what another one says."""
    con = duckdb.connect()
    seen = {_text(con, tree), None}
    for change, changed in changes:
        text = _text(con, changed)
        if text not in seen:
            seen.add(text)
            yield Mutant(change, str(text))


def _text(con: duckdb.DuckDBPyConnection, tree: Node) -> str | None:
    whole = {"error": False, "statements": [{"node": tree, "named_param_map": []}]}
    try:
        row = con.execute("select json_deserialize_sql(?::json)", [json.dumps(whole)]).fetchone()
    except duckdb.Error:
        return None
    return str(row[0]) if row else None


def _changed(tree: Node) -> Iterator[tuple[str, Node]]:
    for path, node in list(_walk(tree, ())):
        for change, new in _changes(node):
            yield f"{change} at {node.get('query_location', '?')}", _put(tree, path, new)


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


def _changes(node: Node) -> Iterator[tuple[str, Any]]:
    kind, cls = node.get("type", ""), node.get("class", "")
    if _is_key(node):
        return
    if cls == "CONJUNCTION":
        yield from _dropped(node)
    if kind in FLIPPED:
        yield f"flip {kind}", {**node, "type": FLIPPED[kind]}
    if kind == "OPERATOR_NOT":
        yield "drop not", node["children"][0]
    if kind in ("COMPARE_IN", "COMPARE_NOT_IN") and len(node["children"]) > 2:
        for n in range(1, len(node["children"])):
            rest = node["children"][:n] + node["children"][n + 1 :]
            yield f"drop member {n}", {**node, "children": rest}
    if cls == "CASE" and len(node["case_checks"]) > 1:
        for n in range(len(node["case_checks"])):
            checks = node["case_checks"]
            yield f"drop when {n}", {**node, "case_checks": checks[:n] + checks[n + 1 :]}
    if kind == "JOIN" and node.get("join_type") == "LEFT":
        yield "inner join", {**node, "join_type": "INNER"}
    if kind == "SET_OPERATION_NODE":
        for side in ("left", "right"):
            if isinstance(node.get(side), dict):
                yield f"drop {side}", node[side]


def _dropped(node: Node) -> Iterator[tuple[str, Any]]:
    children = node["children"]
    for n, child in enumerate(children):
        if _is_key(child):
            continue
        rest = children[:n] + children[n + 1 :]
        yield f"drop operand {n}", rest[0] if len(rest) == 1 else {**node, "children": rest}


def _is_key(node: Node) -> bool:
    """Say whether a comparison only keeps accounts and regions apart."""
    sides = [node.get("left") or {}, node.get("right") or {}]
    return node.get("class") == "COMPARISON" and all(
        (side.get("column_names") or [""])[-1] in KEYS for side in sides
    )


def survivors(rule: Rule, chosen: list[Mutant]) -> list[Mutant]:
    """Return the mutants that no case of the rule notices."""
    left = runnable(chosen)
    for group, _, case, world in cases_of(rule.path.with_suffix(".cases.yaml")):
        if not left:
            break
        with collected(rule, case, world, rule.path) as bound:
            base = ground(bound, rule.reads)
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
    for rule in sorted(load_all().values(), key=lambda rule: rule.family != "storage"):
        if not names & set(WORD.findall(rule.sql)):
            continue
        for group, _, case, world in cases_of(rule.path.with_suffix(".cases.yaml")):
            if not left:
                return []
            with collected(rule, case, world, rule.path) as bound:
                base = ground(bound, rule.reads)
                left = [m for m in left if not _is_seen(bound, rule, view, m, base, group, case)]
    return left


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
    for rule in load_all().values():
        if rule.id.startswith(chosen):
            every = mutants(rule.sql)
            _show(rule.id, every, survivors(rule, every))
    for view in catalog.views().values():
        if view.sql and view.name.startswith(chosen):
            every = mutants(view.sql)
            _show(view.name, every, view_survivors(view, every))


def _show(name: str, every: list[Mutant], left: list[Mutant]) -> None:
    sys.stdout.write(f"{name}: {len(every)} mutants, {len(left)} survive\n")
    for mutant in left:
        sys.stdout.write(f"    {mutant.change}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
