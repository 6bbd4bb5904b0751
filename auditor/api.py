"""The library's verbs: open, collect, check, report. The command line is a thin caller."""

from __future__ import annotations

import datetime
import difflib
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from auditor import __version__, catalog, history
from auditor.checks import Outcome, exit_code, findings, judge, yielded
from auditor.collection import collect
from auditor.context import Contexts
from auditor.errors import ConfigError
from auditor.findings import (
    SEVERITIES,
    AuditPoint,
    CheckInfo,
    Counts,
    Coverage,
    Document,
    Finding,
    Headroom,
    Inventory,
    Report,
    RolePath,
    RuleResult,
    Severity,
    WaiverState,
    score,
)
from auditor.grounds import Ground, Unseen, gaps, ground, listed, records, unseen
from auditor.rules import Rule, ruleset_digest
from auditor.snapshot import Snapshot
from auditor.verdicts import Missing
from auditor.waivers import Waivers, states

__all__ = ["CheckOptions", "Checked", "check", "collect", "open", "report"]


class CheckOptions(msgspec.Struct, frozen=True):
    """How a snapshot is judged."""

    as_of: datetime.datetime | None = None
    fail_on: str = "high"
    baseline: frozenset[str] | None = None
    baseline_name: str | None = None
    severities: dict[str, Severity] = {}
    thresholds: dict[str, float] = {}
    known: dict[str, Rule] = {}  # every loaded rule, the ones that were not selected too
    waivers: Waivers = Waivers()
    with_passes: bool = False
    document: Document = Document()


class Checked(msgspec.Struct, frozen=True):
    """A report, and what the database keeps of the check."""

    report: Report
    judged: list[tuple[str, str, str]]
    thresholds: list[tuple[str, float, str, str]]
    as_of: datetime.datetime
    unseen: Unseen


def open(path: str | Path, snapshot: str = "latest") -> Snapshot:
    """Open a database read-only at its newest snapshot; raise SnapshotError."""
    return Snapshot.open(path, snapshot, for_user=True)


def check(
    snapshot: Any,
    rules: dict[str, Rule],
    options: CheckOptions | None = None,
    progress: Any = None,
) -> Checked:
    """Run rules over a bound snapshot and return the report.

    Raises RuleError where a result breaks the contract, ConfigError for an unknown threshold.
    """
    options = options or CheckOptions()
    limits = thresholds(rules, options.thresholds, options.known)
    if options.as_of:
        snapshot.judge_at(options.as_of)
    snapshot.thresholds({name: value for name, value, _, _ in limits})
    reads = frozenset[str]().union(*(rule.reads for rule in rules.values()))
    base = ground(snapshot, reads, options.severities)
    outcomes: dict[str, Outcome] = {}
    for name, rule in rules.items():
        outcomes[name] = judge(snapshot, rule, base)
        if progress:
            progress(name)
    yielded(outcomes)
    as_of = options.as_of or _time(snapshot.info.finished_at)
    return _reported(snapshot, outcomes, base, options, as_of, limits)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=None)


def thresholds(
    rules: dict[str, Rule], given: dict[str, float], known: dict[str, Rule] | None = None
) -> list[tuple[str, float, str, str]]:
    """Return the thresholds of rules with the configuration's value or the rule's default.

    ``known`` holds the rules that were not selected too: their thresholds may stand in a
    configuration that serves several selections. Raises ConfigError for a name of none.
    """
    declared = {n: t for r in rules.values() for n, t in r.meta.thresholds.items()}
    names = declared.keys() | {n for r in (known or {}).values() for n in r.meta.thresholds}
    for name in sorted(given.keys() - names):
        near = difflib.get_close_matches(name, sorted(names), 1, 0)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"[thresholds] {name} belongs to no rule{hint}")
    return [(n, given.get(n, t.default), t.unit, t.doc) for n, t in sorted(declared.items())]


def _reported(
    snapshot: Any,
    outcomes: dict[str, Outcome],
    base: Ground,
    options: CheckOptions,
    as_of: datetime.datetime,
    limits: list[tuple[str, float, str, str]],
) -> Checked:
    scope = history.extent_of(snapshot.info.revisions, snapshot.info.clusters)
    earlier = history.earlier(snapshot, snapshot.seq, scope)
    language = options.document.language
    texts = {n: o.rule.translated(language) for n, o in outcomes.items()}
    shown, passes = findings(
        outcomes.values(), Contexts(snapshot), options.waivers, as_of, history.past(earlier),
        {n: t.title for n, t in texts.items()},
    )  # fmt: skip
    accepted = {g for g in base.gaps if options.waivers.accepts(g, as_of.date())}
    code = exit_code(shown, options.fail_on, options.baseline, _accepted(outcomes, accepted))
    judged = sorted({
        (n, p.account, p.region)
        for n, o in outcomes.items() for p in base.places
        if p not in o.not_run and not _blind(o, p)
    })  # fmt: skip
    used = Counter(
        w.id for f in shown if f.waiver
        for w in options.waivers.holding(f.rule, f.resource, f.part, as_of.date())
    )  # fmt: skip
    chosen = [o.rule for o in outcomes.values()]
    check = CheckInfo(history.when(as_of), options.fail_on, options.baseline_name, code,
                      ruleset_digest(chosen), __version__)  # fmt: skip
    return Checked(
        assembled(
            snapshot,
            options.document,
            check,
            [_result(o, texts[n], shown) for n, o in outcomes.items()],
            shown,
            frozenset(judged),
            coverage(snapshot, {(g.place.account, g.place.region, g.call, g.resource)
                                for g in accepted}),
            states(options.waivers, used, base.gaps, options.known or outcomes, as_of.date()),
            passes if options.with_passes else None,
        ),
        judged, limits, as_of, base.unseen,
    )  # fmt: skip


def assembled(
    snapshot: Any,
    document: Document,
    check: CheckInfo,
    results: list[RuleResult],
    shown: list[Finding],
    judged: frozenset[tuple[str, str, str]],
    read: list[Coverage],
    waivers: list[WaiverState],
    passes: list[Finding] | None = None,
) -> Report:
    """Return the report of what was judged, with what the snapshot and older checks add."""
    earlier = history.earlier(snapshot, snapshot.seq)
    now = AuditPoint(snapshot.info.id, check.as_of, _open(shown), score(results))
    return Report(
        document=document,
        snapshot=snapshot.info,
        check=check,
        coverage=read,
        rules=results,
        findings=shown,
        passes=passes,
        waivers=waivers,
        previous=earlier[-1].point if earlier else None,
        changes=history.changes(earlier, shown, judged, unseen(snapshot, gaps(snapshot))),
        trend=[*(c.point for c in earlier[-5:]), now],
        headroom=headroom(snapshot),
        role_paths=role_paths(snapshot),
        inventory=inventory(snapshot),
    )


def _open(shown: list[Finding]) -> dict[Severity, int]:
    return {s: sum(f.severity == s and f.status == "fail" for f in shown) for s in SEVERITIES}


def _blind(outcome: Outcome, place: Any) -> bool:
    rows = [r for r in outcome.rows if r.place == place]
    return bool(rows) and all(r.cause in ("gap", "error") for r in rows)


def _accepted(outcomes: dict[str, Outcome], accepted: set[Missing]) -> Callable[[Finding], bool]:
    """Return what says of an unknown whether every gap behind it is accepted."""
    behind = {
        (name, *row.place, row.resource, row.part): row.gaps
        for name, outcome in outcomes.items() for row in outcome.rows
    }  # fmt: skip

    def said(one: Finding) -> bool:
        gaps = behind[one.rule, one.account, one.region, one.resource, one.part]
        return bool(gaps) and accepted.issuperset(gaps)

    return said


def _result(outcome: Outcome, meta: Any, shown: list[Finding]) -> RuleResult:
    ran = bool(outcome.rows) or not outcome.not_run
    reason = None if ran else next(iter(outcome.not_run.values()))
    return result(outcome.rule, meta, ran, reason, outcome.counts(shown))


def result(rule: Rule, meta: Any, ran: bool, reason: str | None, counts: Counts) -> RuleResult:
    """Return what a rule says of itself, and how it ended."""
    return RuleResult(
        id=rule.id, slug=rule.slug, title=meta.title, family=rule.family,
        severity=meta.severity, confidence=meta.confidence, why=meta.why.strip(),
        fix=meta.fix.strip(), controls=meta.controls, refs=meta.refs, reads=sorted(rule.reads),
        digest=rule.digest, ran=ran, not_run_reason=reason, counts=counts, sql=rule.sql,
        snippets=meta.snippets, effort=meta.effort, false_positives=meta.false_positives,
    )  # fmt: skip


def coverage(snapshot: Any, taken: set[tuple[str, str, str, str | None]]) -> list[Coverage]:
    """Return how every call ended, gaps with their resources; ``taken`` are accepted ones."""
    missing = records(snapshot, "select * from collection_gaps")
    named = {(g["account_id"], g["region"], g["call"]) for g in missing}
    found = [
        Coverage(g["account_id"], g["region"], g["call"], g["resource"], g["status"],
                 f"{g['code']}: {g['message']}", listed(g["tables_read"]),
                 (g["account_id"], g["region"], g["call"], g["resource"]) in taken)
        for g in missing
    ]  # fmt: skip
    found += [
        Coverage(c["account_id"], c["region"], c["call"], None, c["status"], None,
                 listed(c["tables_read"]), False)
        for c in records(snapshot, "select * from collection_calls")
        if (c["account_id"], c["region"], c["call"]) not in named
    ]  # fmt: skip
    return sorted(found, key=lambda c: (c.account, c.region, c.call, c.resource or ""))


def headroom(snapshot: Any) -> list[Headroom]:
    """Return ENI headroom of hosts and subnets, the fullest first."""
    if "eni_headroom" not in catalog.tables():
        return []
    rows = records(
        snapshot,
        "select account_id, region, kind, resource, label, used, usable, trunk from eni_headroom "
        "order by coalesce(used / nullif(usable, 0), 0) desc, resource limit 40",
    )
    return [Headroom(r["account_id"], r["region"], r["kind"], r["resource"], r["label"], r["used"],
                     r["usable"], r["trunk"]) for r in rows]  # fmt: skip


def role_paths(snapshot: Any) -> list[RolePath]:
    """Return the riskiest roles with what runs under them."""
    if "iam_risks" not in catalog.tables():
        return []
    from auditor.rolepaths import paths

    return paths(snapshot)


def inventory(snapshot: Any) -> list[Inventory]:
    """Return row counts of collected tables by scope, where there are any."""
    counts = " union all ".join(
        f"select account_id, region, '{table.name}' as name, count(*) as n from {table.name} "  # noqa: S608 - declared names
        "group by all"
        for table in catalog.tables().values()
        if table.kept != "static" and not table.reads
    )
    return [
        Inventory(r["account_id"], r["region"], r["name"], r["n"])
        for r in records(snapshot, f"{counts} order by all")
    ]


def report(
    made: Report, out: Path, formats: Sequence[str] = ("html", "json"), **theme: Any
) -> list[Path]:
    """Write a report in several formats into a folder; return the files. Raises RenderError.

    ``theme``: ``folder`` holds tokens.css, labels and logo.svg; ``brand`` is another logo.
    """
    from auditor.formats import write

    return [write(name, made, out, **theme) for name in formats]


def check_id(snapshot_id: str, as_of: datetime.datetime, digest: str, options: str) -> str:
    """Return a check's id: the same judgement of the same snapshot has the same one."""
    text = f"{snapshot_id}\n{as_of.isoformat()}\n{digest}\n{options}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
