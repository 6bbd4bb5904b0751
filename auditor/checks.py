"""Run rules over a bound snapshot: rows, gaps, identities, waivers, and the findings of it all."""

from __future__ import annotations

import datetime
import decimal
import logging
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

import msgspec

from auditor import identity, verdicts
from auditor.errors import RuleError, WorkError
from auditor.findings import SEVERITIES, Confidence, Context, Counts, Finding, Scalar
from auditor.grounds import Ground, Queryable, Unseen
from auditor.identity import Place
from auditor.rules import Rule, successor
from auditor.verdicts import Row
from auditor.waivers import Waivers

TIME_LIMIT = 60.0
LONGEST = 4096  # characters of a reason or of one piece of evidence; reports show each whole
FIRST = ("resource", "part", "status", "reason")
RESERVED = frozenset((*FIRST, "severity", "confidence", "identity", "account_id", "region"))
STATUSES = frozenset("fail pass skip unknown".split())
# DuckDB's names of what evidence may be; an untyped NULL is called "NULL".
EVIDENCE_TYPE = re.compile(
    r"VARCHAR|BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\)"
    r'|TIMESTAMP(_S|_MS|_NS)?|DATE|"NULL"'
)
TEXT_TYPES = frozenset(("VARCHAR", '"NULL"'))
LOG = logging.getLogger(__name__)


class Outcome(msgspec.Struct):
    """How one rule ended: its rows of all scopes, and where it did not run."""

    rule: Rule
    rows: list[Row]
    not_run: dict[Place, str]

    def counts(self, findings: Iterable[Finding]) -> Counts:
        """Return rows by status, waived ones apart."""
        waived = sum(f.rule == self.rule.id and f.status == "waived" for f in findings)
        by: dict[str, int] = defaultdict(int)
        for row in self.rows:
            by[row.status] += 1
        return Counts(by["fail"] - waived, by["pass"], by["skip"], by["unknown"], waived)


def judge(snapshot: Queryable, rule: Rule, base: Ground) -> Outcome:
    """Run one rule and let the gaps have their say."""
    reads, optional = rule.reads, frozenset(rule.meta.optional)
    idle = {p: r for p in base.places
            if (r := verdicts.not_run(p, reads, optional, base.unasked))}  # fmt: skip
    active = [p for p in base.places if p not in idle]
    if not active:
        return Outcome(rule, [], idle)
    try:
        found = snapshot.rows(rule.sql, TIME_LIMIT)
    except (ValueError, WorkError) as error:
        said = f"{rule.id} could not run: {' '.join(str(error).split())}"
        LOG.warning(said)
        rows = verdicts.failed(active, base.accounts, said)
        return Outcome(rule, rows, idle)
    judged: dict[Place, list[Row]] = defaultdict(list)
    for row in result_rows(rule, found, base):
        judged[row.place].append(row)
    kept: list[Row] = []
    for place in dict.fromkeys([*active, *judged]):
        if place not in idle:
            account = base.accounts.get(place.account, "")
            kept += verdicts.apply(judged[place], place, account, reads, optional, base.gaps)
    return Outcome(rule, kept, idle)


def result_rows(rule: Rule, found: Any, base: Ground) -> list[Row]:
    """Check a result against the contract and give each row its place; raise RuleError."""
    names = columns(rule, found.names, found.types)
    seen: set[tuple[str, str | None]] = set()
    rows = []
    for values in found.rows:
        row = _row(rule, dict(zip(names, values, strict=True)), base)
        if (row.resource, row.part) in seen:
            raise RuleError(f"{rule.path}:1: {row.resource} {row.part or ''} is judged twice; "
                            "return one row for each resource and part")  # fmt: skip
        seen.add((row.resource, row.part))
        rows.append(_stepped(row, rule, base))
    return rows


def columns(rule: Rule, named: Sequence[str], types: Sequence[str]) -> list[str]:
    """Return a result's columns in lower case; raise RuleError where they break the contract."""
    names = [name.lower() for name in named]
    if tuple(names[:4]) != FIRST:
        raise RuleError(f"{rule.path}:1: the first columns are {', '.join(names[:4])}; "
                        f"select {', '.join(FIRST)} first")  # fmt: skip
    for name, kind in zip(names, types, strict=True):
        if names.count(name) > 1:
            raise RuleError(f"{rule.path}:1: column {name} stands twice; name each once")
        if name in RESERVED and kind not in TEXT_TYPES:
            raise RuleError(f"{rule.path}:1: column {name} is {kind}; it is text")
        if not EVIDENCE_TYPE.fullmatch(kind):
            raise RuleError(f"{rule.path}:1: column {name} is {kind}; select plain values")
    return names


def _row(rule: Rule, said: dict[str, Any], base: Ground) -> Row:
    status, resource = said["status"], said["resource"]
    if status not in STATUSES or not resource or not said["reason"]:
        raise RuleError(f"{rule.path}:1: a row has status {status!r}, resource {resource!r}; "
                        "give status, resource and reason in every row")  # fmt: skip
    for name, words in (("severity", SEVERITIES), ("confidence", get_args(Confidence))):
        if said.get(name) not in (None, *words):
            raise RuleError(f"{rule.path}:1: a row has {name} {said[name]!r}; "
                            f"use {', '.join(words)}")  # fmt: skip
    evidence = {k: scalar(v) for k, v in said.items() if k not in RESERVED}
    unread = any(
        verdicts.overlap(said["part"], part)
        for table in rule.reads
        for part in base.unclassified.get(table, {}).get(resource, ())
    )
    unjudged = status == "unknown"
    return Row(
        place=identity.place(resource, said.get("account_id"), said.get("region")),
        resource=resource,
        part=said["part"],
        status=status,
        reason=_bounded(said["reason"]),
        evidence=evidence,
        severity=said.get("severity"),
        confidence=said.get("confidence"),
        identity=said.get("identity"),
        cause=("gap" if unread else "judgement") if unjudged else None,
        gaps=tuple(
            gap
            for gap in base.gaps
            if unjudged
            and unread
            and gap.resource == resource
            and gap.code == verdicts.UNCLASSIFIED
        ),
    )


def scalar(value: Any) -> Scalar:
    """Return evidence as JSON can hold it: no NaN, times as RFC 3339 UTC text."""
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return _bounded(value)
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _stepped(row: Row, rule: Rule, base: Ground) -> Row:
    """Lower the severity of a definition that nothing runs by one step."""
    severity = row.severity or base.severities.get(rule.id) or rule.meta.severity
    if base.in_use.get(row.resource) is False:
        severity = SEVERITIES[min(SEVERITIES.index(severity) + 1, len(SEVERITIES) - 1)]
    confidence = row.confidence or rule.meta.confidence
    return msgspec.structs.replace(row, severity=severity, confidence=confidence)


def yielded(outcomes: dict[str, Outcome]) -> None:
    """Turn a general rule's fail into skip where a specific rule failed on the same thing."""
    failed = {name: [r for r in o.rows if r.status == "fail"] for name, o in outcomes.items()}
    for outcome in outcomes.values():
        for specific in outcome.rule.meta.yields_to:
            spots = defaultdict(list)
            for row in failed.get(specific, ()):
                spots[row.place, row.resource].append(row.part)
            outcome.rows = [
                msgspec.structs.replace(row, status="skip", reason=f"reported as {specific}")
                if row.status == "fail"
                and any(verdicts.overlap(row.part, p) for p in spots[row.place, row.resource])
                else row
                for row in outcome.rows
            ]


class Past(msgspec.Struct, frozen=True):
    """What earlier checks knew; a scope is (rule, account, region), judged in some of them.

    ``judged`` tells of each what its snapshots could not see; None: there was no earlier check.
    """

    first_seen: dict[str, str] = {}
    open_before: frozenset[str] = frozenset()
    judged: Mapping[tuple[str, str, str], Sequence[Unseen]] | None = None

    def is_new(self, mark: str, row: Row, rule: str) -> bool:
        """Say whether a finding is new: only where an earlier check could have seen it."""
        if self.judged is None:
            return True
        looked = self.judged.get((rule, *row.place), ())
        seen = any(not one.covers(row.place, row.resource) for one in looked)
        return mark not in self.open_before and seen


def findings(
    outcomes: Iterable[Outcome],
    contexts: Callable[[str], Context],
    waivers: Waivers,
    as_of: datetime.datetime,
    past: Past,
    titles: Mapping[str, str],
) -> tuple[list[Finding], list[Finding]]:
    """Return (fail, unknown and waived; passes), each in report order."""
    shown: list[Finding] = []
    passes: list[Finding] = []
    when = as_of.strftime("%Y-%m-%dT%H:%M:%SZ")
    for outcome in outcomes:
        for row in outcome.rows:
            if row.status == "skip":
                continue
            one = _finding(outcome.rule, row, contexts, waivers, as_of, titles, past, when)
            (passes if row.status == "pass" else shown).append(one)
    return sorted(shown, key=Finding.order), sorted(passes, key=Finding.order)


def _finding(
    rule: Rule,
    row: Row,
    contexts: Callable[[str], Context],
    waivers: Waivers,
    as_of: datetime.datetime,
    titles: Mapping[str, str],
    past: Past,
    when: str,
) -> Finding:
    name = successor(rule.id)
    mark = identity.fingerprint(
        name, row.place, identity.identity(row.resource, row.identity), row.part
    )
    waiver = None
    if row.status == "fail":
        holding = waivers.holding(rule.id, row.resource, row.part, as_of.date())
        waiver = next(iter(holding), None)
    confidence: Confidence = row.confidence or rule.meta.confidence  # type: ignore[assignment]
    return Finding(
        id=identity.finding_id(name, row.place, row.resource, row.part),
        fingerprint=mark,
        rule=rule.id,
        title=titles.get(rule.id, rule.meta.title),
        severity=row.severity or rule.meta.severity,
        confidence=confidence,
        status="waived" if waiver else row.status,  # type: ignore[arg-type]
        unknown_cause=row.cause if row.status == "unknown" else None,  # type: ignore[arg-type]
        account=row.place.account,
        region=row.place.region,
        resource=row.resource,
        part=row.part,
        reason=row.reason,
        evidence=row.evidence,
        context=contexts(row.resource),
        first_seen=past.first_seen.get(mark, when),
        new=row.status == "fail" and past.is_new(mark, row, rule.id),
        waiver=waiver.use() if waiver else None,
    )


def exit_code(
    found: Sequence[Finding],
    fail_on: str,
    baseline: frozenset[str] | None,
    accepted: Callable[[Finding], bool],
) -> int:
    """Return 0, 1 or 3: a fail that counts, else an unknown that nobody accepted."""
    bound = SEVERITIES.index(fail_on) if fail_on != "never" else -1
    for one in found:
        counts = SEVERITIES.index(one.severity) <= bound
        if one.status == "fail" and counts and one.fingerprint not in (baseline or ()):
            return 1
    blind = any(
        f.status == "unknown" and f.unknown_cause in ("gap", "error") and not accepted(f)
        for f in found
    )
    return 3 if blind else 0
