"""Run the cases of rules: overlay, replay, collect, judge, compare."""

from __future__ import annotations

import contextlib
import copy
import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from auditor import catalog
from auditor.api import thresholds
from auditor.casebench.casefile import WORDS, cases_in, faults_of, time_of
from auditor.casebench.completers import lay
from auditor.casebench.items import ACCOUNT, REGION, Item, ItemError, World, of_operation, spelled
from auditor.casebench.links import derive_lists, follow, in_order, relink
from auditor.casebench.matching import fault_in
from auditor.casebench.shapes import doubts
from auditor.checks import judge
from auditor.collection import shared_state
from auditor.collectors import collectors
from auditor.collectors.answers import matches
from auditor.collectors.base import Call
from auditor.collectors.reader import SHAPE_ERRORS, Options
from auditor.collectors.recording import Operation, Recording, Refusal, read
from auditor.collectors.replay import ReplaySource, operations_of, output_shape
from auditor.collectors.run import run
from auditor.errors import RuleError
from auditor.grounds import ground
from auditor.resources import builtin
from auditor.rules import Rule, load, load_all
from auditor.rules import select as chosen
from auditor.secrets.masking import Masker
from auditor.snapshot.memory import FIRST_AS_OF, MemoryStore
from auditor.snapshot.reader import Bound
from auditor.verdicts import Row

MISSING = "MISSING"  # no error: a batch describe says it of an id among its ``failures``
DENIED = "AccessDeniedException"
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
def world_of(name: str) -> Recording:
    """Return a world that cases are laid over."""
    return read(builtin("worlds") / name)


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


def _told(make: Callable[[Item, str, Path], Recording]) -> Callable[[Item, str, Path], Recording]:
    """Say an item of a shape that AWS never answers as a mistake of the case's file."""

    @functools.wraps(make)
    def told(case: Item, world: str, path: Path) -> Recording:
        try:
            return make(case, world, path)
        except SHAPE_ERRORS as error:
            what = str(error) if isinstance(error, ItemError) else "items do not fit each other"
            raise RuleError(f"{path}:1: {what}; write them as AWS answers them") from None

    return told


@_told
def recorded(case: Item, world: str, path: Path) -> Recording:
    """Return the recording that a case stands for; raise RuleError for a mistake in it."""
    base = world_of(world)
    laid = World({place: dict(ops) for place, ops in base.scopes.items()})
    given = _given(case, path)
    for name in in_order(given):
        if name not in given:
            follow(laid, name)
        elif given[name]:
            lay(laid, name, given[name], patterns(base, name))
        else:
            laid.of(name)[name] = Operation(items=[])
    relink(laid, given)
    derive_lists(laid, given)
    for refused in case.get("denied") or []:
        _refuse(laid, refused, path)
    return _whole(base, laid)


def _given(case: Item, path: Path) -> dict[str, list[Any]]:
    """Return the items of a case by operation; raise RuleError."""
    found: dict[str, list[Any]] = {}
    for said, items in case.items():
        if said in WORDS:
            continue
        name = _operation(said, path)
        if items is not None and not isinstance(items, list):
            raise RuleError(f"{path}:1: {said} holds no list; write its items as a list")
        if name in found:
            raise RuleError(f"{path}:1: {said} stands twice; write its items as one list")
        found[name] = items or []
    return found


def _operation(said: str, path: Path) -> str:
    """Return an operation by its name in recordings; raise RuleError for none of AWS's."""
    name = spelled(said)
    service, _, rest = name.partition(".")
    operation, _, member = rest.partition(".")
    call = declared().get(f"{service}.{operation}")
    if call is not None:
        return f"{service}.{operation}" if member == call.items and not call.more else name
    if operation not in operations_of(service):
        raise RuleError(f"{path}:1: {said} is no operation of AWS; see `ecs-audit policy`")
    return name  # nothing here calls it, so nothing here can be wrong about it


@functools.cache
def declared() -> dict[str, Call]:
    """Return the declared calls by ``service.Operation``."""
    found: dict[str, Call] = {}
    for collector in collectors().values():
        for call in collector.calls:
            kept = found.setdefault(f"{call.service}.{call.operation}", call)
            if call.more and not kept.more:
                found[f"{call.service}.{call.operation}"] = call
    return found


def _whole(base: Recording, laid: World) -> Recording:
    """Complete the scopes that a case opened: what it does not name is empty there."""
    places: dict[str, set[str]] = {}
    for account, region in laid.operations:
        places.setdefault(account, set()).update({region} - {"global"})
    scope = type(base.manifest.scopes[0])
    for account, regions in places.items():
        for region in regions or {REGION}:
            _emptied(laid, base.scopes[ACCOUNT, REGION], account, region)
        _emptied(laid, base.scopes[ACCOUNT, "global"], account, "global")
    scopes = [scope(account, sorted(regions or {REGION})) for account, regions in places.items()]
    manifest = msgspec.structs.replace(base.manifest, scopes=scopes)
    return Recording(manifest, laid.operations, empty_answers=True)


def _emptied(laid: World, pattern: Mapping[str, Operation], account: str, region: str) -> None:
    found = laid.operations.setdefault((account, region), {})
    for name, operation in pattern.items():
        empty = Operation(items=[]) if operation.items is not None else Operation()
        found.setdefault(name, empty)


def patterns(base: Recording, name: str) -> list[Item]:
    """Return the world's items of an operation, else those of the EC2 world."""
    where = "global" if name.startswith("iam.") else REGION
    for source in (base, world_of("ec2")):
        found = source.scopes[ACCOUNT, where].get(name)
        items = of_operation(found) if found else []
        if items:
            return copy.deepcopy(items)
    return []


def _refuse(laid: World, refused: Any, path: Path) -> None:
    """Let a call, or one resource of it, answer with an error or among ``failures``."""
    asked = refused if isinstance(refused, dict) else {"call": refused}
    said, resource, elsewhere = (asked.get(key) for key in ("call", "resource", "@region"))
    if not isinstance(said, str):
        raise RuleError(f"{path}:1: denied names no call; write service.Operation")
    name = _operation(said, path)
    call = declared().get(".".join(name.split(".")[:2]))
    if call is None:
        return
    code = asked.get("code") or DENIED
    shape = output_shape(call.service, call.operation)
    if code == MISSING and "failures" not in (shape.members if shape else ()):
        why = f"{said} answers no failures, so nothing of it is {MISSING}"
        raise RuleError(f"{path}:1: denied: {why}; name the code of an error")
    message = "not authorized" if code == DENIED else "refused"
    refusal = Refusal(code, message, 400, _identifying(call, resource))
    if elsewhere:
        laid.operations.setdefault((ACCOUNT, str(elsewhere)), {})
    for (_, region), operations in laid.operations.items():
        if (region == "global") != name.startswith("iam.") or elsewhere not in (None, region):
            continue
        for key in [k for k in operations if k == name or k.startswith(f"{name}.")] or [name]:
            found = operations.get(key) or Operation(items=[])
            operations[key] = (
                _missing(found, call, resource)
                if code == MISSING
                else Operation(found.items, found.answers, found.failures, [*found.errors, refusal])
            )


def _missing(found: Operation, call: Call, resource: str | None) -> Operation:
    """Return an operation that says of a resource, or of every one, that it is not there."""
    gone = [
        item for item in found.items or []
        if not resource or matches({"": item.get(call.key or "")}, {"": resource})
    ]  # fmt: skip
    names = [item.get(call.key or "") for item in gone] or [resource]
    failures = [{"arn": name, "reason": MISSING} for name in names if name]
    left = [item for item in found.items or [] if item not in gone]
    return Operation(left, found.answers, [*found.failures, *failures], found.errors)


def _identifying(call: Call, resource: str | None) -> Item | None:
    """Return the parameters by which a call for one resource is known."""
    if not resource:
        return None
    if call.one:
        return {call.one: resource}
    if call.parents:
        return {next(iter(call.parents)): resource}
    return dict(call.naming([resource])) if call.batch else None
