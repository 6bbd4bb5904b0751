"""Run the collectors of every account and region, each as soon as what it needs is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple, Protocol

from auditor.collectors import collectors
from auditor.collectors.base import Collector
from auditor.collectors.gaps import CallRecord, Gap
from auditor.collectors.reader import SHAPE_ERRORS, Reader, Shared
from auditor.collectors.source import Stopped
from auditor.findings import ScopeState
from auditor.schema import Row, Scope, Table

GLOBAL = "global"
BATCH = 2_000
AT_ONCE = 12  # collectors at work; each asks with a few workers of its own


class Account(NamedTuple):
    """An account and the regions to read in it."""

    account_id: str
    partition: str
    regions: tuple[str, ...]


class Sink(Protocol):
    """Where rows and records go: a part file or a database in memory."""

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Append rows."""
        ...

    def member(self, arn: str, *, in_use: bool, newest: bool, described: bool, status: str) -> None:
        """Say that a revision belongs to the snapshot; its rows were loaded before."""
        ...

    def call(self, record: CallRecord) -> None:
        """Record how an operation ended."""
        ...

    def gap(self, gap: Gap) -> None:
        """Record what was not read."""
        ...

    def scope(self, state: ScopeState) -> None:
        """Record how much of an account-region was read."""
        ...

    def commit(self) -> None:
        """Make durable what was loaded."""
        ...


class Node(NamedTuple):
    """One collector in one scope."""

    account: Account
    region: str
    name: str


class Ended(NamedTuple):
    """How a collector's operations ended, and the gaps among them that nobody accepted."""

    records: list[CallRecord]
    open: list[Gap]


def run(
    accounts: Sequence[Account],
    shared: Shared,
    sink: Sink,
    only: frozenset[str] | None = None,
) -> list[ScopeState]:
    """Collect every scope into the sink and return how much of each was read.

    ``only`` restricts to the named collectors. Raises Stopped when ``shared.stop`` is set.
    """
    chosen = {n: c for n, c in collectors().items() if only is None or n in only}
    nodes = [
        Node(account, region, name)
        for account in accounts
        for name, collector in chosen.items()
        for region in ((GLOBAL,) if collector.level == "account" else account.regions)
    ]
    ended: dict[Node, Ended] = {}
    work = _Work(chosen, shared, sink, ended)
    if shared.options.workers:
        _in_threads(nodes, chosen, work, shared)
    else:
        for node in _ordered(nodes, chosen):
            work(node)
    sink.commit()
    states = [_state(account, region, ended) for account, region in _scopes(accounts)]
    for state in states:
        sink.scope(state)
    return states


class _Work:
    """Runs one node and stores what came of it."""

    def __init__(
        self,
        chosen: dict[str, Collector],
        shared: Shared,
        sink: Sink,
        ended: dict[Node, Ended],
    ) -> None:
        self.chosen, self.shared, self.sink, self.ended = chosen, shared, sink, ended

    def __call__(self, node: Node) -> None:
        collector = self.chosen[node.name]
        scope = Scope(node.account.account_id, node.region, node.account.partition)
        reader = Reader(scope, collector, self.shared)
        requested = self.shared.options.services
        if requested is not None and not collector.services <= requested:
            records, gaps = _not_requested(reader, collector), list[Gap]()
        else:
            self._collect(reader, collector)
            records, gaps = reader.close()
        for record in records:
            self.sink.call(record)
        for gap in gaps:
            self.sink.gap(gap)
        accepts = self.shared.accepts
        self.ended[node] = Ended(records, [gap for gap in gaps if not accepts(gap)])

    def _collect(self, reader: Reader, collector: Collector) -> None:
        rows: dict[Table, list[Row]] = defaultdict(list)
        waiting = 0
        try:
            for table, row in collector.collect(reader):
                self.shared.facts.add(reader.scope, table, row)
                rows[table].append(row)
                waiting += 1
                if waiting >= BATCH:
                    self._store(rows, reader)
                    waiting = 0
        except SHAPE_ERRORS as error:
            reader.misshapen(error)
        self._store(rows, reader)

    def _store(self, rows: dict[Table, list[Row]], reader: Reader) -> None:
        """Store rows, then the members whose rows these complete, then make both durable."""
        for table, batch in rows.items():
            self.sink.load(table, batch)
        rows.clear()
        for arn, in_use, newest, described, status in reader.members:
            self.sink.member(arn, in_use=in_use, newest=newest, described=described, status=status)
        reader.members.clear()
        self.sink.commit()


def _not_requested(reader: Reader, collector: Collector) -> list[CallRecord]:
    tables = reader.shared.widened(table.name for table in collector.tables)
    account, region, _ = reader.scope
    names = dict.fromkeys(call.name for call in collector.calls)
    return [CallRecord(account, region, n, "not_requested", tables, 0, 0) for n in names]


def _waits_for(node: Node, chosen: dict[str, Collector], nodes: Iterable[Node]) -> set[Node]:
    wanted = set(chosen[node.name].needs) | set(chosen[node.name].after)
    return {
        other
        for other in nodes
        if other != node
        and other.account == node.account
        and (other.region in (node.region, GLOBAL) or node.region == GLOBAL)
        and wanted & {table.name for table in chosen[other.name].tables}
    }


def _ordered(nodes: Sequence[Node], chosen: dict[str, Collector]) -> Iterator[Node]:
    waiting = {node: _waits_for(node, chosen, nodes) for node in nodes}
    while waiting:
        ready = [node for node, others in waiting.items() if not others & waiting.keys()]
        if not ready:
            raise ValueError(f"collectors wait for each other: {sorted(n.name for n in waiting)}")
        for node in ready:
            del waiting[node]
        yield from ready


def _in_threads(
    nodes: Sequence[Node],
    chosen: dict[str, Collector],
    work: Callable[[Node], None],
    shared: Shared,
) -> None:
    waiting = {node: _waits_for(node, chosen, nodes) for node in nodes}
    running: dict[Future[Any], Node] = {}
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        while waiting or running:
            blocked = waiting.keys() | set(running.values())
            for node in [n for n, others in waiting.items() if not others & blocked]:
                del waiting[node]
                running[pool.submit(work, node)] = node
            # A short wait keeps the main thread ready for Ctrl-C.
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                del running[future]
                future.result()
            if shared.stop.is_set():
                raise Stopped
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _scopes(accounts: Sequence[Account]) -> list[tuple[Account, str]]:
    return [(account, region) for account in accounts for region in (GLOBAL, *account.regions)]


def _state(account: Account, region: str, ended: dict[Node, Ended]) -> ScopeState:
    here = [one for n, one in ended.items() if n.account == account and n.region == region]
    # A call that failed was wanted, also where expired credentials kept it from being made.
    asked = [
        r for one in here for r in one.records if r.calls or r.status not in ("ok", "not_requested")
    ]
    if asked and not any(r.status == "ok" for r in asked):
        worst = asked[0]
        why = f"every call ended {worst.status}, first {worst.call}"
        return ScopeState(account.account_id, region, "not_read", why)
    # A disabled region leaves records and no gap: it is coverage.
    bad = sum(len({gap.call for gap in one.open}) for one in here)
    status = "partial" if bad else "complete"
    reason = f"{bad} of {len(asked)} operations left a gap" if bad else None
    return ScopeState(account.account_id, region, status, reason)
