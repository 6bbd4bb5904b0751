"""Run the cases of rules: overlay, replay, collect, judge, compare."""

from __future__ import annotations

import contextlib
import copy
import datetime
import functools
import threading
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import yaml

from auditor import catalog
from auditor.api import thresholds
from auditor.casebench.items import ACCOUNT, DEFINITIONS, LISTS, REGION, Item, World
from auditor.casebench.tokens import filled
from auditor.checks import ground, judge
from auditor.collect import shared_state
from auditor.collectors import collectors
from auditor.collectors.reader import Options
from auditor.collectors.recording import Operation, Recording, Refusal, read
from auditor.collectors.replay import ReplaySource
from auditor.collectors.run import run
from auditor.errors import RuleError
from auditor.resources import builtin
from auditor.rules import Rule, load, load_all
from auditor.secrets.masking import Masker
from auditor.snapshot.memory import FIRST_AS_OF, MemoryStore
from auditor.snapshot.reader import Bound
from auditor.verdicts import Row

GROUPS = ("bad", "good", "skip", "unknown")
STATUS = {"bad": "fail", "good": "pass", "skip": "skip", "unknown": "unknown"}
GROUPS_CALL = "autoscaling.DescribeAutoScalingGroups"
WORDS = frozenset("finds exactly denied set as_of options earlier world".split())
# S3's second listing answers what the first does, and coverage spells calls without digits.
ALIASES = {"s3.ListObjectsV2": "s3.ListObjects"}
KEY = b"case bench fingerprint key......"


class CaseResult(msgspec.Struct, frozen=True):
    """How a case ended; ``fault`` None where it passed."""

    rule: str
    group: str
    title: str
    fault: str | None


def run_cases(
    folder: str | None = None, cases: str | None = None, select: tuple[str, ...] = ()
) -> Iterator[CaseResult]:
    """Run the cases beside the shipped rules or those of a folder; ``cases`` names others.

    ``select`` holds rule ids or their beginnings; none means every rule.
    """
    if folder:
        known = {r.id: r for r in map(load, sorted(Path(folder).rglob("*.sql")))}
    else:
        known = load_all()
    known = {name: rule for name, rule in known.items() if name.startswith(select or "")}
    if cases:
        for path in sorted(Path(cases).rglob("*.yaml")):
            rule = known.get(path.stem.removeprefix("cases_").split("_")[0].split(".")[0])
            if rule is None and select:
                continue
            if rule is None:
                raise RuleError(f"{path}:1: no rule of that name; call the file like its rule")
            yield from run_file(rule, path)
        return
    for rule in known.values():
        path = rule.path.with_suffix(".cases.yaml")
        if path.exists():
            yield from run_file(rule, path)


def run_file(rule: Rule, path: Path) -> Iterator[CaseResult]:
    """Run every case of one file."""
    for group, title, case, world in cases_of(path):
        yield CaseResult(rule.id, group, title, fault_of(rule, group, case, world, path))


def cases_of(path: Path) -> Iterator[tuple[str, str, Item, str]]:
    """Yield (group, title, case, world) of a case file; raise RuleError."""
    try:
        found = filled(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise RuleError(f"{path}:1: {' '.join(str(error).split())}; correct the YAML") from None
    if not isinstance(found, dict) or not set(found) <= {"world", *GROUPS}:
        raise RuleError(f"{path}:1: it holds something else than world, {', '.join(GROUPS)}; "
                        "see the guide to rules")  # fmt: skip
    for group in GROUPS:
        for title, case in (found.get(group) or {}).items():
            yield (
                group,
                title,
                case or {},
                (case or {}).get("world") or found.get("world", "fargate"),
            )


def fault_of(rule: Rule, group: str, case: Item, world: str, path: Path) -> str | None:
    """Return why a case fails, None where it passes."""
    return fault_in(rows_of(rule, case, world, path), group, case)


def fault_in(rows: list[Row], group: str, case: Item) -> str | None:
    """Return how rows differ from what a case of a group asks for, None where they do not."""
    wanted, status = case.get("finds", []), STATUS[group]
    got = [row for row in rows if row.status == status]
    if not rows:
        return "no rows: a result without rows proves nothing"
    if not got:
        return f"no {status} row; got {_shown(rows)}"
    forbidden = {"good": ("fail", "unknown"), "unknown": ("fail",),
                 "skip": ("fail", "pass", "unknown")}.get(group, ())  # fmt: skip
    wrong = [row for row in rows if row.status in forbidden]
    if wrong:
        return f"unexpected {_shown(wrong)}"
    return _unmatched(got, wanted, bool(case.get("exactly")))


def _unmatched(got: list[Row], wanted: list[Item], exactly: bool) -> str | None:
    left = list(got)
    for entry in wanted:
        hit = next((row for row in left if contains(row, entry)), None)
        if hit is None:
            return f"nothing matches {entry}; got {_shown(got)}"
        left.remove(hit)
    return f"further rows {_shown(left)}" if exactly and left else None


def contains(row: Row, entry: Mapping[str, Any]) -> bool:
    """Say whether a row holds what a case asks for; ``resource`` matches as suffix."""
    said: dict[str, Any] = {**row.evidence, "part": row.part, "status": row.status,
                            "reason": row.reason, "severity": row.severity,
                            "unknown_cause": row.cause, "identity": row.identity,
                            "account": row.place.account, "region": row.place.region}  # fmt: skip
    return all(
        row.resource.endswith(value) if name == "resource" else name in said and said[name] == value
        for name, value in entry.items()
    )


def _shown(rows: list[Row]) -> str:
    return "; ".join(f"{r.status} {r.resource.rsplit(':', 2)[-1]} {r.part or '-'} ({r.reason[:99]})"
                     for r in rows[:4])  # fmt: skip


@functools.cache
def _world(name: str) -> Recording:
    return read(builtin("worlds") / name)


@functools.cache
def _store() -> MemoryStore:
    return MemoryStore()


@functools.cache
def feeding(reads: frozenset[str]) -> frozenset[str]:
    """Return the collectors that fill tables, and those they need."""
    wanted = set(reads) | {"accounts", "task_definitions"}
    tables = catalog.tables()
    while True:
        grown = set(wanted)
        for name in wanted & tables.keys():
            grown |= set(tables[name].reads)
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
        return judge(bound, rule, ground(bound)).rows


@contextlib.contextmanager
def collected(rule: Rule, case: Item, world: str, path: Path) -> Iterator[Bound]:
    """Collect a case for a rule and lend the bound snapshot; it is gone afterwards."""
    at = case.get("as_of", FIRST_AS_OF)
    as_of = at if isinstance(at, datetime.datetime) else datetime.datetime.fromisoformat(str(at))
    as_of = as_of.astimezone(datetime.UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    with _store().case() as store:
        revs = count(1)
        past = case.get("earlier", [])
        for seq, snapshot in enumerate([*past, case], 1):
            when = snapshot.get("at", as_of) if seq <= len(past) else as_of
            _collect(store, seq, revs, when, rule, {**case, **snapshot}, world, path)
        bound = store.bind(len(past) + 1, as_of)
        limits = thresholds({rule.id: rule}, {})
        values = {n: v for n, v, _, _ in limits} | case.get("set", {})
        bound.thresholds(values)
        yield bound


def _collect(
    store: MemoryStore, seq: int, revs: Any, when: Any, rule: Rule, case: Item, world: str,
    path: Path,
) -> None:  # fmt: skip
    recording = recorded(case, world, path)
    options = Options(all_revisions=(case.get("options") or {}).get("revisions") == "all",
                      workers=0)  # fmt: skip
    writer = store.begin(seq, revs, when)
    shared = shared_state(ReplaySource(recording), options, Masker(KEY), threading.Event())
    run(recording.accounts, shared, writer, feeding(rule.reads))
    writer.resolve_members()
    store.analyse(seq, writer, rule.reads)


def recorded(case: Item, world: str, path: Path) -> Recording:
    """Return the recording that a case stands for."""
    base = _world(world)
    laid = World({place: dict(ops) for place, ops in base.scopes.items()})
    patterns = _world("ec2")
    known = {f"{c.service}.{c.operation}" for col in collectors().values() for c in col.calls}
    for said, given in case.items():
        if said in WORDS or said == "at":
            continue
        name = ALIASES.get(said, said)
        if ".".join(name.split(".")[:2]) not in known:
            raise RuleError(f"{path}:1: {name} is no operation that a collector calls; "
                            "see `ecs-audit policy`")  # fmt: skip
        laid.lay(name, given or [], _pattern(base, patterns, name))
        if not given:
            laid.of(name, REGION)[name] = Operation(items=[])
    _relink(laid, case)
    for name, (target, key) in LISTS.items():
        for operations in laid.operations.values():
            if name in operations:
                items = [i.get(key) for i in World.items(operations[name])]
                operations[target] = Operation(items=items)
    for refused in case.get("denied", []):
        _refuse(laid, refused)
    return _whole(base, laid)


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


def _pattern(base: Recording, patterns: Recording, name: str) -> Item:
    where = "global" if name.startswith("iam.") else REGION
    for source in (base, patterns):
        found = source.scopes["111122223333", where].get(name)
        items = World.items(found) if found else []
        if items:
            first = copy.deepcopy(items[0])
            if name == DEFINITIONS and found:
                first["tags"] = found.answers[0].response.get("tags", [])
            return first
    return {}


def _relink(laid: World, case: Item) -> None:
    """Point the world's own services, tasks and groups to the case's definitions and hosts."""
    for name in ("ecs.DescribeServices", "ecs.DescribeTasks"):
        operations = laid.of(name, REGION)
        if name not in case and name in operations:
            given = [
                {
                    k: v
                    for k, v in i.items()
                    if k
                    not in (
                        "taskDefinition",
                        "taskDefinitionArn",
                        "deployments",
                        "containerInstanceArn",
                    )
                }
                for i in operations[name].items or []
            ]
            patterns = operations[name].items or [{}]
            laid.lay(name, given, patterns[0])
    hosts = laid.of("ecs.DescribeContainerInstances", REGION)
    wanted = [
        i.get("ec2InstanceId")
        for i in (hosts.get("ecs.DescribeContainerInstances") or Operation(items=[])).items or []
    ]
    ec2 = hosts.get("ec2.DescribeInstances")
    if "ec2.DescribeInstances" not in case and ec2 and ec2.items:
        hosts["ec2.DescribeInstances"] = Operation(
            items=[{**ec2.items[0], "InstanceId": one} for one in wanted]
        )
    if not {"ec2.DescribeInstances", GROUPS_CALL} & set(case):
        _launched_from(laid)


def _launched_from(laid: World) -> None:
    """Let the world's group use the case's launch template."""
    operations = laid.of(GROUPS_CALL, REGION)
    template = laid.first("ec2.DescribeLaunchTemplateVersions", "LaunchTemplateId")
    if template and GROUPS_CALL in operations:
        version = str(laid.first("ec2.DescribeLaunchTemplateVersions", "VersionNumber"))
        used = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": version}}
        groups = operations[GROUPS_CALL].items or []
        operations[GROUPS_CALL] = Operation(items=[{**one, **used} for one in groups])


def _refuse(laid: World, refused: Any) -> None:
    said = str(refused["call"] if isinstance(refused, dict) else refused)
    name = ALIASES.get(said, said)
    resource = refused.get("resource") if isinstance(refused, dict) else None
    params = None
    if resource:
        one = next((c.one for col in collectors().values() for c in col.calls
                    if f"{c.service}.{c.operation}" == name), None)  # fmt: skip
        params = {one: resource} if one else None
    refusal = Refusal("AccessDeniedException", "not authorized", 400, params)
    for (_, region), operations in laid.operations.items():
        if (region == "global") != name.startswith("iam."):
            continue
        for key in [k for k in operations if k == name or k.startswith(f"{name}.")] or [name]:
            found = operations.get(key) or Operation(items=[])
            operations[key] = Operation(found.items, found.answers, found.failures, [refusal])
