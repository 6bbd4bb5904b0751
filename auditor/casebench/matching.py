"""Hold the rows of a rule against what a case asks for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.checks import scalar
from auditor.verdicts import Row

STATUS = {"bad": "fail", "good": "pass", "skip": "skip", "unknown": "unknown"}
FORBIDDEN = {
    "good": ("fail", "unknown"),
    "unknown": ("fail",),
    "skip": ("fail", "pass", "unknown"),
}
MIDNIGHT = "T00:00:00Z"


def fault_in(rows: list[Row], group: str, case: Mapping[str, Any]) -> str | None:
    """Return how rows differ from what a case of a group asks for, None where they do not."""
    got = [row for row in rows if row.status == STATUS[group]]
    if not rows:
        return "no rows: a result without rows proves nothing"
    if not got:
        return f"no {STATUS[group]} row; got {_shown(rows)}"
    wrong = [row for row in rows if row.status in FORBIDDEN.get(group, ())]
    if wrong:
        return f"unexpected {_shown(wrong)}"
    if case.get("exactly") and not case.get("finds"):
        said = f"exactly allows no {STATUS[group]} row beside those of finds, which names none"
        return f"{said}; name in finds the rows that are to be there, got {_shown(got)}"
    return _unmatched(got, case.get("finds") or [], bool(case.get("exactly")))


def _unmatched(got: list[Row], wanted: Sequence[Mapping[str, Any]], exactly: bool) -> str | None:
    for entry in wanted:
        if not any(contains(row, entry) for row in got):
            return f"nothing matches {entry}; got {_shown(got)}"
    if not _assigned([[n for n, row in enumerate(got) if contains(row, e)] for e in wanted]):
        return f"{len(wanted)} entries need a row each; got {_shown(got)}"
    if exactly and len(got) > len(wanted):
        further = [row for row in got if not any(contains(row, e) for e in wanted)]
        return f"{len(got) - len(wanted)} further rows: {_shown(further or got)}"
    return None


def _assigned(choices: list[list[int]]) -> bool:
    """Say whether every entry can have a row of its own (augmenting paths)."""
    taken: dict[int, int] = {}

    def place(entry: int, seen: set[int]) -> bool:
        for row in choices[entry]:
            if row in seen:
                continue
            seen.add(row)
            if row not in taken or place(taken[row], seen):
                taken[row] = entry
                return True
        return False

    return all(place(entry, set()) for entry in range(len(choices)))


def contains(row: Row, entry: Mapping[str, Any]) -> bool:
    """Say whether a row holds what a case asks for; ``resource`` matches as suffix."""
    said: dict[str, Any] = {**row.evidence, "part": row.part, "status": row.status,
                            "reason": row.reason, "severity": row.severity,
                            "confidence": row.confidence,
                            "unknown_cause": row.cause, "identity": row.identity,
                            "account": row.place.account, "account_id": row.place.account,
                            "region": row.place.region}  # fmt: skip
    return all(
        row.resource.endswith(str(value))
        if name == "resource"
        else name in said and _same(said[name], value)
        for name, value in entry.items()
    )


def _same(said: Any, wanted: Any) -> bool:
    """Compare as evidence is written; YAML makes dates and times of what looks like one."""
    if isinstance(wanted, bool) or isinstance(said, bool):
        return said is wanted
    if isinstance(wanted, datetime.datetime) and wanted.tzinfo:
        wanted = wanted.astimezone(datetime.UTC)
    if isinstance(wanted, datetime.date) and isinstance(said, str):
        return said.removesuffix(MIDNIGHT) == str(scalar(wanted)).removesuffix(MIDNIGHT)
    return bool(said == wanted)


def _shown(rows: Sequence[Row]) -> str:
    return "; ".join(f"{r.status} {r.resource.rsplit(':', 2)[-1]} {r.part or '-'} ({r.reason[:99]})"
                     for r in rows[:4])  # fmt: skip
