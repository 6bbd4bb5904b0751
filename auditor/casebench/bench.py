"""Run the cases of rules: overlay, replay, collect, judge, compare."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from auditor import catalog
from auditor.api import thresholds
from auditor.casebench.casefile import cases_in, faults_of, time_of
from auditor.casebench.items import Item
from auditor.casebench.matching import fault_in
from auditor.casebench.overlay import declared, recorded
from auditor.casebench.shapes import doubts
from auditor.checks import judge
from auditor.collection import shared_state
from auditor.collectors import collectors
from auditor.collectors.reader import Options
from auditor.collectors.replay import ReplaySource
from auditor.collectors.run import run
from auditor.errors import RuleError
from auditor.grounds import ground
from auditor.rules import Rule, load, load_all
from auditor.rules import select as chosen
from auditor.secrets.masking import Masker
from auditor.snapshot.memory import FIRST_AS_OF, MemoryStore
from auditor.snapshot.reader import Bound
from auditor.verdicts import Row

RECORDS = frozenset(("collection_calls", "collection_gaps"))
KEY = b"case bench fingerprint key......"


class CaseResult(msgspec.Struct, frozen=True):
    """How a case ended; ``fault`` None where it passed, ``doubts`` what in it proves nothing."""

    rule: str
    group: str
    title: str
    fault: str | None
    doubts: tuple[str, ...] = ()


def run_cases(
    folder: str | None = None, cases: str | None = None, select: tuple[str, ...] = ()
) -> Iterator[CaseResult]:
    """Run the cases beside the shipped rules or those of a folder; ``cases`` names others.

    ``select`` holds entries as ``run --select`` takes them; none means every rule. Raises
    ConfigError for an entry that matches none.
    """
    if folder:
        known = {r.id: r for r in map(load, sorted(Path(folder).rglob("*.sql")))}
    else:
        known = load_all()
    known, _ = chosen(known, select, ())
    if cases:
        for path in sorted(p for p in Path(cases).rglob("*") if p.suffix in (".yaml", ".yml")):
            name = path.stem.removeprefix("cases_").split("_")[0].split(".")[0]
            if name in known:
                yield from run_file(known[name], path)
            elif not select:
                fault = f"{path}: no rule of that name; call the file like its rule"
                yield CaseResult(name, "file", path.name, fault)
        return
    for rule in known.values():
        path = rule.path.with_suffix(".cases.yaml")
        if path.exists():
            yield from run_file(rule, path)


def run_file(rule: Rule, path: Path) -> Iterator[CaseResult]:
    """Run every case of one file; a mistake in a case is told with the line of its title."""
    for group, title, case, world, line in cases_in(path):
        try:
            fault = fault_of(rule, group, case, world, path)
        except RuleError as error:
            first = f"{path}:1: "
            raise RuleError(str(error).replace(first, f"{path}:{line}: ", 1)) from None
        said = doubts(case, declared(), rule.meta.thresholds)
        found = tuple(f"{path}:{line}: {doubt}" for doubt in said)
        yield CaseResult(rule.id, group, title, fault, found)


def cases_of(path: Path) -> Iterator[tuple[str, str, Item, str]]:
    """Yield (group, title, case, world) of a case file; raise RuleError."""
    return ((one.group, one.title, one.case, one.world) for one in cases_in(path))


def fault_of(rule: Rule, group: str, case: Item, world: str, path: Path) -> str | None:
    """Return why a case fails, None where it passes; raise RuleError for a mistake in it."""
    return fault_in(rows_of(rule, case, world, path), group, case)


@functools.cache
def _store() -> MemoryStore:
    return MemoryStore()


@functools.cache
def needed(reads: frozenset[str]) -> frozenset[str]:
    """Return the tables that a rule's verdict is made of, those behind analyses too."""
    tables = catalog.tables()
    wanted = reads | {"accounts", "task_definitions"}
    while True:
        grown = wanted.union(*(tables[name].reads for name in wanted & tables.keys()))
        if grown == wanted:
            return wanted
        wanted = grown


@functools.cache
def feeding(reads: frozenset[str]) -> frozenset[str]:
    """Return the collectors that fill tables, and those they need.

    A rule on what was not read is shown every call: it judges the gaps of all of them.
    """
    if reads & RECORDS:
        return frozenset(collectors())
    wanted = set(needed(reads))
    while True:
        grown = set(needed(frozenset(wanted)))
        for collector in collectors().values():
            if {t.name for t in collector.tables} - {"tags"} & wanted:
                grown |= set(collector.needs) | set(collector.after)
        if grown == wanted:
            break
        wanted = grown
    return frozenset(
        n
        for n, c in collectors().items()
        if ({t.name for t in c.tables} - {"tags"}) & wanted or ("tags" in reads and c.tables)
    )


def rows_of(rule: Rule, case: Item, world: str, path: Path) -> list[Row]:
    """Collect a case and return the rule's rows after the gaps had their say."""
    with collected(rule, case, world, path) as bound:
        return judge(bound, rule, ground(bound, rule.reads)).rows


@contextlib.contextmanager
def collected(rule: Rule, case: Item, world: str, path: Path) -> Iterator[Bound]:
    """Collect a case for a rule and lend the bound snapshot; it is gone afterwards.

    Raises RuleError for a mistake in the case.
    """
    for fault in faults_of(case):
        raise RuleError(f"{path}:1: {fault}")
    as_of = time_of(case.get("as_of") or FIRST_AS_OF)
    with _store().case() as store:
        revs = count(1)
        past = sorted(
            ({**one, "at": time_of(one["at"])} for one in case.get("earlier") or []),
            key=lambda one: one["at"],
        )
        for seq, snapshot in enumerate([*past, case], 1):
            when = snapshot["at"] if seq <= len(past) else as_of
            _collect(store, seq, revs, when, rule, snapshot, world, path)
        bound = store.bind(len(past) + 1, as_of)
        limits = thresholds({rule.id: rule}, {})
        values = {n: v for n, v, _, _ in limits} | (case.get("set") or {})
        if values:  # else the store has none either, and a view more is a millisecond
            bound.thresholds(values)
        yield bound


def _collect(
    store: MemoryStore, seq: int, revs: Any, when: Any, rule: Rule, case: Item, world: str,
    path: Path,
) -> None:  # fmt: skip
    recording = recorded(case, world, path)
    options = Options(all_revisions=(case.get("options") or {}).get("revisions") == "all",
                      workers=0)  # fmt: skip
    writer = store.begin(seq, revs, when, needed(rule.reads))
    shared = shared_state(ReplaySource(recording), options, Masker(KEY), threading.Event())
    run(recording.accounts, shared, writer, feeding(rule.reads))
    writer.resolve_members()
    store.analyse(seq, writer, rule.reads)
