"""What every rule of a check is judged upon: scopes, gaps, what runs, what nobody could read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from auditor import catalog, verdicts
from auditor.findings import Severity
from auditor.identity import Place
from auditor.verdicts import Missing, Unasked

# What may run a revision, by the kind of its ARN.
RUNNERS = {
    "task-definition": frozenset("services deployments task_sets service_revisions tasks".split()),
    "daemon-task-definition": frozenset(("daemons",)),
}
USERS = frozenset[str]().union(*RUNNERS.values())

LATER = "a call that this version makes"
Row = Mapping[str, Any]


class Queryable(Protocol):
    """A bound snapshot."""

    def rows(self, sql: str, timeout: float | None = None) -> Any:
        """Run one SELECT; raise ValueError or WorkError."""
        ...


class Unseen(msgspec.Struct, frozen=True):
    """Definitions that may run though a snapshot does not hold them: what runs was not read."""

    places: Mapping[str, Sequence[Place]] = {}  # by kind of definition
    held: frozenset[str] = frozenset()

    def covers(self, place: Place, resource: str) -> bool:
        """Say whether the silence about a resource tells nothing of it."""
        blind = self.places.get(verdicts.kind(resource)[1], ())
        return resource not in self.held and any(verdicts.touches(one, place) for one in blind)


class Ground(msgspec.Struct, frozen=True):
    """What every rule of a check is judged upon."""

    places: list[Place]
    accounts: dict[str, str]  # account id -> root ARN
    gaps: list[Missing]
    unasked: list[Unasked]
    in_use: dict[str, bool]
    unseen: Unseen = Unseen()
    severities: Mapping[str, Severity] = {}
    unclassified: Mapping[str, Mapping[str, Sequence[str | None]]] = {}  # table, resource, parts


def records(snapshot: Queryable, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a SELECT as mappings."""
    found = snapshot.rows(sql)
    return [dict(zip(found.names, row, strict=True)) for row in found.rows]


def listed(text: str) -> list[str]:
    """Return the names of a comma-separated list, none of an empty one."""
    return [name for name in text.split(",") if name]


def ground(
    snapshot: Queryable, reads: frozenset[str], severities: Mapping[str, Severity] | None = None
) -> Ground:
    """Read scopes, gaps and use once for all rules; ``reads`` are the tables that these read."""
    scopes = records(snapshot, "select account_id, region from snapshot_scopes order by all")
    arns = {r["account_id"]: r["account_arn"] for r in records(
        snapshot, "select account_id, account_arn from accounts")}  # fmt: skip
    calls = records(snapshot, "select account_id, region, call, status, tables_read "
                              "from collection_calls order by all")  # fmt: skip
    found = gaps(snapshot)
    return Ground(
        places=[Place(s["account_id"], s["region"]) for s in scopes],
        accounts={s["account_id"]: arns.get(s["account_id"], _root(s)) for s in scopes},
        gaps=found,
        unasked=[
            Unasked(Place(c["account_id"], c["region"]), c["status"], c["call"],
                    frozenset(listed(c["tables_read"])))
            for c in calls if c["status"] in verdicts.UNASKED
        ] + unforeseen(calls, scopes),
        in_use=uses(snapshot, found),
        unseen=unseen(snapshot, found),
        severities=severities or {},
        unclassified=unclassified(snapshot, reads),
    )  # fmt: skip


def unforeseen(calls: Sequence[Row], scopes: Sequence[Row]) -> list[Unasked]:
    """Return the tables that no call of a scope could have filled, as not asked for.

    A snapshot of an older version shows a table that came later as empty; it is not "none".
    """
    collected = {t.name for t in catalog.tables().values() if t.kept != "static" and not t.reads}
    filled: dict[Place, set[str]] = defaultdict(set)
    for call in calls:
        here = Place(call["account_id"], call["region"])
        filled[here] |= set(listed(call["tables_read"]))
    found = []
    for scope in scopes:
        place = Place(scope["account_id"], scope["region"])
        known = set().union(*(t for p, t in filled.items() if verdicts.touches(p, place)))
        missing = frozenset(collected - known - {"accounts"}) if known else frozenset[str]()
        if missing:
            found.append(Unasked(place, "not_requested", LATER, missing))
    return found


def uses(snapshot: Queryable, missing: Iterable[Missing]) -> dict[str, bool]:
    """Return by revision whether something runs it; none where what may run it was not read."""
    blind = [gap.place for gap in missing if gap.tables & USERS]
    rows = records(snapshot, "select account_id, region, task_definition_arn, in_use "
                             "from task_definitions")  # fmt: skip
    return {
        r["task_definition_arn"]: bool(r["in_use"])
        for r in rows
        if r["in_use"]
        or not any(verdicts.touches(p, Place(r["account_id"], r["region"])) for p in blind)
    }


def unseen(
    snapshot: Queryable, missing: Sequence[Missing], definitions: str = "task_definitions"
) -> Unseen:
    """Return which definitions may run unseen; ``definitions`` are those that were read."""
    places = {
        kind: [gap.place for gap in missing if gap.tables & runners]
        for kind, runners in RUNNERS.items()
    }
    if not any(places.values()):
        return Unseen()
    held = records(snapshot, f"select task_definition_arn from {definitions}")  # noqa: S608 - own names
    return Unseen(places, frozenset(row["task_definition_arn"] for row in held))


def unclassified(
    snapshot: Queryable, reads: frozenset[str]
) -> dict[str, dict[str, list[str | None]]]:
    """Return by table and resource the parts whose value nobody could classify (clause 4)."""
    found: dict[str, dict[str, list[str | None]]] = defaultdict(lambda: defaultdict(list))
    selects = [
        f"select '{t.name}' as name, {next(n for n in t.names if n.endswith('_arn'))} as resource, "  # noqa: S608 - declared names
        f"{'part' if 'part' in t.names else 'null'} as part from {t.name} "
        "where value_class = 'unclassified'"
        for t in catalog.tables().values() if t.name in reads and "value_class" in t.names
    ]  # fmt: skip
    for row in records(snapshot, " union all ".join(selects)) if selects else ():
        found[row["name"]][row["resource"]].append(row["part"])
    return found


def _root(scope: Mapping[str, Any]) -> str:
    return f"arn:aws:iam::{scope['account_id']}:root"


def gaps(snapshot: Queryable, ledger: str = "collection_gaps") -> list[Missing]:
    """Return the gaps of a snapshot, as its ledger holds them."""
    found = records(
        snapshot,
        "select account_id, region, call, resource, status, code, tables_read "  # noqa: S608 - own names
        f"from {ledger} order by all",
    )
    return [
        Missing(Place(g["account_id"], g["region"]), g["call"], g["resource"], g["status"],
                g["code"], frozenset(listed(g["tables_read"])))
        for g in found if g["status"] in verdicts.REAL
    ]  # fmt: skip
