"""The executive summary in words and figures."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from auditor.findings import SEVERITIES, Change, Finding, Report, Severity
from auditor.formats.texts import fill

SEVERE = ("critical", "high")


class Facts:
    """What the summary is made of, counted once."""

    def __init__(
        self, report: Report, score: float | None, gaps: int, changes: Mapping[str, list[Change]]
    ) -> None:
        self.report, self.score, self.gaps = report, score, gaps
        self.new, self.fixed = len(changes.get("new", [])), len(changes.get("fixed", []))

    @cached_property
    def failing(self) -> list[Finding]:
        """Return the open findings."""
        return [f for f in self.report.findings if f.status == "fail"]

    @cached_property
    def counts(self) -> dict[Severity, int]:
        """Return open findings by severity."""
        found = Counter(f.severity for f in self.failing)
        return {s: found[s] for s in SEVERITIES}

    @property
    def delta(self) -> float | None:
        """Return the change of the rounded score, None where one of the two is not known."""
        before = self.report.previous.score if self.report.previous else None
        return None if before is None or self.score is None else round(self.score) - round(before)

    @property
    def unknown(self) -> int:
        """Return the rows that could not be judged."""
        return sum(r.counts.unknown for r in self.report.rules)

    @property
    def answered(self) -> float | None:
        """Return the share of calls that AWS answered."""
        asked = [c for c in self.report.coverage
                 if c.status not in ("not_requested", "region_disabled")]  # fmt: skip
        return sum(c.status == "ok" for c in asked) / len(asked) if asked else None


def sentences(facts: Facts, t: dict[str, Any]) -> list[str]:
    """Return the sentences of the summary; the first one leads."""
    score = "" if facts.score is None else f"{facts.score:.0f}"
    first = fill(t["s_score"], score=score, change=_change(facts, t)) if score else t["s_no_score"]
    space = "" if first.endswith("。") else " "
    found = [f"{first}{space}{_open(facts, t)}"]
    severe = [f for f in facts.failing if f.severity in SEVERE]
    if severe:
        (account, region), count = Counter((f.account, f.region) for f in severe).most_common(1)[0]
        found.append(
            fill(t["s_where"], count=count, all=len(severe), account=account, region=region)
        )
    if facts.report.previous:
        found.append(fill(t["s_changes"], new=facts.new, fixed=facts.fixed))
    else:
        found.append(t["s_first"])
    if severe:
        found += _oldest(severe, facts.report.check.as_of, t)
    if facts.unknown or facts.gaps:
        found.append(fill(t["s_unknown"], unknown=facts.unknown, gaps=facts.gaps))
    elif facts.report.snapshot.status != "complete":
        found.append(t["s_partial"])
    else:
        found.append(t["s_complete"])
    return found


def _oldest(severe: list[Finding], as_of: str, t: dict[str, Any]) -> list[str]:
    first = min(f.first_seen for f in severe)[:10]
    today = datetime.date.fromisoformat(as_of[:10])
    days = (today - datetime.date.fromisoformat(first)).days
    return [fill(t["s_oldest"], date=first, days=days)] if days > 0 else []


def _change(facts: Facts, t: dict[str, Any]) -> str:
    previous, delta = facts.report.previous, facts.delta
    if previous is None or delta is None:
        return ""
    way = "s_same" if not delta else "s_up" if delta > 0 else "s_down"
    return fill(t[way], points=f"{abs(delta):.0f}", date=previous.as_of[:10])


def _open(facts: Facts, t: dict[str, Any]) -> str:
    if not facts.failing:
        text: str = t["s_clean"]
        return text
    return fill(
        t["s_open"], fail=len(facts.failing), resources=len({f.resource for f in facts.failing}),
        critical=facts.counts["critical"], high=facts.counts["high"],
    )  # fmt: skip


def tiles(facts: Facts, t: dict[str, Any]) -> list[tuple[str, str]]:
    """Return five key figures and what they count; a dash where nothing is known."""
    compared = facts.report.previous is not None
    share = facts.answered
    return [
        (str(len(facts.failing)), t["k_open"]),
        (str(facts.counts["critical"]), t["k_critical"]),
        (str(facts.new) if compared else "–", t["k_new"]),
        (str(facts.fixed) if compared else "–", t["k_fixed"]),
        ("–" if share is None else f"{int(share * 1000) / 10:g} %", t["k_read"]),
    ]
