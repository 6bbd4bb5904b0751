"""What both templates are given beside ``report``: one object ``view``.

``title``      of the document                     ``cover``      (name, value) pairs
``numbers``    section id -> its number            ``sentences``  of the summary, the first leads
``tiles``      five key figures                    ``outcome``    rows by status, as tiles
``counts``     failing findings by severity        ``score``      0-100, None where not known
``delta``      of the score since the last audit   ``actions``    the five groups to fix first
``groups``     rules that have findings            ``shown``      their ids
``scopes``     account-regions and what was read   ``gaps``       calls and the rules they blind
``waivers``    sorted by their end                 ``changes``    changes by kind
``inventory``  (table, scopes, rows)               ``frameworks`` controls and their rules
``ages``       open findings by severity and age   ``headroom``   (state, per cent, word)
``paths``      risky roles, one a role and risk
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter, defaultdict
from typing import Any

import msgspec

from auditor.findings import (
    SEVERITIES,
    Change,
    Coverage,
    Document,
    Finding,
    Headroom,
    Report,
    RolePath,
    RuleResult,
    Severity,
    WaiverState,
    score,
)  # fmt: skip
from auditor.formats import summary
from auditor.formats.texts import fill

EFFORT = {"small": 0, "medium": 1, None: 1, "large": 2}
SENTENCE = re.compile(r"(?<=[.。])\s*")
CHANGES = ("new", "fixed", "still_open", "reopened", "severity_changed", "not_re_evaluated")
NUMBERS = {
    "summary": "1", "coverage": "2", "rules": "3", "findings": "4", "waivers": "5", "changes": "6",
    "capacity": "7", "roles": "8", "inventory": "A", "frameworks": "B", "glossary": "C",
    "data": "D",
}  # fmt: skip
READ = ("clusters", "services", "task_definitions", "container_instances")
BUCKETS = ((-math.inf, 7), (7, 30), (30, 90), (90, math.inf))  # days
TIGHT = 0.8  # share of interfaces or addresses that is nearly all
NOT_GAPS = frozenset({"ok", "not_requested", "region_disabled"})
Tile = tuple[str, str]


class Group(msgspec.Struct, frozen=True):
    """A rule and its findings; ``worst`` is the highest severity that a failing one has."""

    rule: RuleResult
    rows: list[Finding]
    failing: int
    judged: int
    resources: int
    worst: Severity
    family: str
    controls: list[str]
    action: str


class Scope(msgspec.Struct, frozen=True):
    """An account-region, and what was read there in words."""

    account: str
    region: str
    status: str
    reason: str | None
    read: str


class Gap(msgspec.Struct, frozen=True):
    """A call that left a gap, and the rules that could not judge because of it."""

    coverage: Coverage
    blinds: list[str]


class Framework(msgspec.Struct, frozen=True):
    """A control of a framework, the rules that touch it, and their failing findings."""

    name: str
    control: str
    rules: list[str]
    fail: int


class Age(msgspec.Struct, frozen=True):
    """Open findings of a severity by the days since they were first seen."""

    severity: Severity
    buckets: list[int]
    oldest: str
    days: int


class Path(msgspec.Struct, frozen=True):
    """A role and its worst risk in words; ``kinds`` says what uses it as what."""

    account: str
    role: str
    kinds: str
    risk: str
    label: str
    state: str
    services: list[str]
    task_definitions: list[str]
    evidence: str


class View(msgspec.Struct, frozen=True):
    """See the module's docstring."""

    title: str
    cover: list[Tile]
    numbers: dict[str, str]
    sentences: list[str]
    tiles: list[Tile]
    outcome: list[Tile]
    change_tiles: list[Tile]
    counts: dict[Severity, int]
    score: float | None
    delta: float | None
    actions: list[Group]
    groups: list[Group]
    shown: frozenset[str]
    scopes: list[Scope]
    gaps: list[Gap]
    waivers: list[WaiverState]
    changes: dict[str, list[Change]]
    inventory: list[tuple[str, int, int]]
    frameworks: list[Framework]
    ages: list[Age]
    headroom: list[tuple[Headroom, int | None, str]]
    paths: list[Path]


def view(report: Report, t: dict[str, Any]) -> View:
    """Derive everything that the templates show and the report does not say itself."""
    groups = _groups(report, t)
    gaps = _gaps(report)
    changes: dict[str, list[Change]] = defaultdict(list)
    for change in report.changes:
        changes[change.kind].append(change)
    now = score(report.rules)
    facts = summary.Facts(report, now, sum(not g.coverage.accepted for g in gaps), changes)
    return View(
        title=t["title"] if report.document.title == Document().title else report.document.title,
        cover=_cover(report, t),
        numbers=NUMBERS,
        sentences=summary.sentences(facts, t),
        tiles=summary.tiles(facts, t),
        outcome=_outcome(report, t),
        change_tiles=[(str(len(changes[k])), t[f"change_{k}"]) for k in CHANGES],
        counts=facts.counts,
        score=now,
        delta=facts.delta,
        actions=_actions(groups),
        groups=groups,
        shown=frozenset(g.rule.id for g in groups),
        scopes=_scopes(report, t),
        gaps=gaps,
        waivers=sorted(report.waivers, key=lambda w: (w.expires, w.id)),
        changes=dict(changes),
        inventory=_inventory(report),
        frameworks=_frameworks(report, t),
        ages=_ages(facts.failing, report.check.as_of),
        headroom=[_room(h) for h in report.headroom],
        paths=_paths(report.role_paths, t),
    )


def _cover(report: Report, t: dict[str, Any]) -> list[Tile]:
    s = report.snapshot
    scope = fill(t["cover_scope"], accounts=len(s.accounts), regions=len(s.regions),
                 revisions=t[f"revisions_{s.revisions}"])  # fmt: skip
    if s.clusters:
        scope += "; " + fill(t["only_clusters"], names=", ".join(s.clusters))
    return [
        (t["snapshot"], s.id),
        (t["as_of"], report.check.as_of[:10]),
        (t["scope"], scope),
        (t["accounts"], ", ".join(s.accounts)),
        (t["regions"], ", ".join(s.regions)),
        (t["ruleset"], f"{len(report.rules)} ({report.check.ruleset_digest[:12]})"),
        (t["tool"], f"ecs-audit {report.check.tool_version}"),
    ]


def _groups(report: Report, t: dict[str, Any]) -> list[Group]:
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_rule[finding.rule].append(finding)
    found = [_group(rule, by_rule[rule.id], t) for rule in report.rules if rule.id in by_rule]
    return sorted(found, key=_rank)


def _group(rule: RuleResult, rows: list[Finding], t: dict[str, Any]) -> Group:
    failing = [f for f in rows if f.status == "fail"]
    worst = min((f.severity for f in failing), key=SEVERITIES.index, default=rule.severity)
    c = rule.counts
    return Group(
        rule=rule,
        rows=rows,
        failing=len(failing),
        judged=c.fail + c.passed + c.unknown + c.waived,
        resources=len({f.resource for f in failing}),
        worst=worst,
        family=t.get(f"family_{rule.family}", rule.family),
        controls=[f"{name} {', '.join(named)}" for name, named in rule.controls.items()],
        action=SENTENCE.split(rule.fix.strip(), maxsplit=1)[0],
    )


def _rank(group: Group) -> tuple[bool, int, str]:
    """Order by severity; rules without a failing finding stand last."""
    return not group.failing, SEVERITIES.index(group.worst), group.rule.id


def _actions(groups: list[Group]) -> list[Group]:
    failing = [g for g in groups if g.failing]
    failing.sort(key=lambda g: (*_rank(g)[:2], EFFORT[g.rule.effort], -g.failing, g.rule.id))
    return failing[:5]


def _outcome(report: Report, t: dict[str, Any]) -> list[Tile]:
    totals = {
        "pass": sum(r.counts.passed for r in report.rules),
        "fail": sum(r.counts.fail for r in report.rules),
        "unknown": sum(r.counts.unknown for r in report.rules),
        "skip": sum(r.counts.skip for r in report.rules),
        "waived": sum(r.counts.waived for r in report.rules),
    }
    return [(str(n), t[name]) for name, n in totals.items()]


def _scopes(report: Report, t: dict[str, Any]) -> list[Scope]:
    rows = {(i.account, i.region, i.table): i.rows for i in report.inventory}
    return [
        Scope(
            s.account, s.region, s.status, s.reason,
            ", ".join(
                fill(t[f"r_{table}"], n=n)
                for table in READ if (n := rows.get((s.account, s.region, table)))
            ) or "–",
        )
        for s in report.snapshot.scopes
    ]  # fmt: skip


def _gaps(report: Report) -> list[Gap]:
    blind = [r for r in report.rules if r.counts.unknown or not r.ran]
    return [
        Gap(c, [r.id for r in blind if not set(c.tables).isdisjoint(r.reads)])
        for c in report.coverage
        if c.status not in NOT_GAPS
    ]


def _inventory(report: Report) -> list[tuple[str, int, int]]:
    scopes: Counter[str] = Counter(i.table for i in report.inventory)
    rows: Counter[str] = Counter()
    for i in report.inventory:
        rows[i.table] += i.rows
    return [(table, scopes[table], rows[table]) for table in sorted(scopes)]


def _frameworks(report: Report, t: dict[str, Any]) -> list[Framework]:
    found: dict[tuple[str, str], list[RuleResult]] = defaultdict(list)
    for rule in report.rules:
        for framework, controls in rule.controls.items():
            for control in controls:
                found[framework, control].append(rule)
    return [
        Framework(
            name=t.get(f"framework_{name}", name),
            control=control,
            rules=[r.id for r in rules],
            fail=sum(r.counts.fail for r in rules),
        )
        for (name, control), rules in sorted(found.items(), key=lambda item: _natural(item[0]))
    ]


def _ages(failing: list[Finding], as_of: str) -> list[Age]:
    today = datetime.date.fromisoformat(as_of[:10])
    found = []
    for severity in SEVERITIES:
        seen = sorted(f.first_seen[:10] for f in failing if f.severity == severity)
        if seen:
            days = [(today - datetime.date.fromisoformat(day)).days for day in seen]
            buckets = [sum(low < n <= high for n in days) for low, high in BUCKETS]
            found.append(Age(severity, buckets, seen[0], days[0]))
    return found


def _room(h: Headroom) -> tuple[Headroom, int | None, str]:
    if h.limit is None:
        return h, None, ""
    share = h.used / h.limit if h.limit else 1
    return h, int(share * 100), "full" if share >= 1 else "tight" if share >= TIGHT else "free"


def _paths(paths: list[RolePath], t: dict[str, Any]) -> list[Path]:
    """Return one path a role and risk: a role may be both the task's and the agent's."""
    same: dict[tuple[str, str, str], list[RolePath]] = defaultdict(list)
    for p in paths:
        same[p.role, p.risk, p.state].append(p)
    return [
        Path(
            account=group[0].account, role=role, risk=risk, state=state,
            kinds=" / ".join(t[f"{p.role_kind}_role"] for p in group),
            label=t.get(f"risk_{risk}", risk),
            services=sorted({s for p in group for s in p.services}),
            task_definitions=sorted({d for p in group for d in p.task_definitions}),
            evidence=group[0].evidence,
        )
        for (role, risk, state), group in same.items()
    ]  # fmt: skip


def _natural(key: tuple[str, str]) -> tuple[str, list[tuple[int, str]]]:
    """Sort ECS.9 before ECS.10."""
    return key[0], [(int(p), "") if p.isdigit() else (0, p) for p in re.split(r"(\d+)", key[1])]
