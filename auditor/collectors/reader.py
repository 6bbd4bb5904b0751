"""A collector's hands: page, batch and fetch within one scope; every fault becomes a gap."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from auditor.collectors.base import Call, Collector, Params
from auditor.collectors.facts import Facts
from auditor.collectors.gaps import EXPIRED, CallRecord, Fault, Gap, merged, status_of
from auditor.collectors.source import AnswerError, Gone, Source, Stopped, members
from auditor.schema import Item, MappingError, Row, Scope, Table, dig
from auditor.secrets.answers import Guard

if TYPE_CHECKING:
    from auditor.secrets.masking import Masker

# Shapes that no declaration foresees: a gap like any other answer that cannot be read.
SHAPE_ERRORS = (MappingError, AttributeError, IndexError, KeyError, TypeError, ValueError)
EXPIRED_CODE, NOT_ASKED = "ExpiredToken", "not asked: the AWS session had expired"
UNCLASSIFIED = "a value could not be classified"
GUARD = Guard()
T = TypeVar("T")
U = TypeVar("U")


class Options(msgspec.Struct, frozen=True):
    """What a collection covers."""

    all_revisions: bool = False
    clusters: tuple[str, ...] = ()  # ARNs or names, empty = all
    tags: dict[str, str] = {}  # a cluster must bear each
    exclude_tags: dict[str, str] = {}  # a cluster or service may bear none
    services: frozenset[str] | None = None  # boto3 client names, None = all
    workers: int = 6  # concurrent requests of one call; 0 = in the caller's thread


class Shared(msgspec.Struct, frozen=True):
    """What all readers of a run have in common."""

    source: Source
    facts: Facts
    tables: dict[str, Table]
    masker: Masker
    options: Options
    stop: threading.Event
    widened: Callable[[Iterable[str]], tuple[str, ...]]  # adds those that hang on tables
    known_revisions: frozenset[str] = frozenset()
    expired: set[str] = set()  # accounts whose credentials ran out: they are not asked again
    recall: Callable[[Table, frozenset[str]], Iterable[Row]] = lambda _table, _arns: ()
    progress: Callable[[str, str, int], None] = lambda _scope, _call, _n: None
    accepts: Callable[[Gap], bool] = lambda _gap: False  # gaps that somebody answers for


class Reader:
    """Reads for one collector in one scope, and keeps account of how every call ended."""

    def __init__(self, scope: Scope, collector: Collector, shared: Shared) -> None:
        self.scope, self.collector, self.shared = scope, collector, shared
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._unclassified: dict[str, set[str]] = defaultdict(set)
        self._made: dict[str, int] = defaultdict(int)
        self._answered: dict[str, int] = defaultdict(int)
        self._items: dict[str, int] = defaultdict(int)
        self.members: list[tuple[str, bool, bool, bool, str]] = []
        self._lock = threading.Lock()

    @property
    def masker(self) -> Masker:
        """The classifier that every value passes before it is stored."""
        return self.shared.masker

    @property
    def options(self) -> Options:
        """What the collection covers."""
        return self.shared.options

    def listing(self, call: Call, **params: Any) -> Iterator[Item]:
        """Yield the items of all pages; a fault ends the list and becomes a gap."""
        for answer in self.pages(call, **params):
            yield from members(answer, call.items or "") or ()

    def pages(self, call: Call, **params: Any) -> Iterator[Item]:
        """Yield whole answers page by page; one without its main list is a gap."""
        request = {**call.fixed, **params}
        if call.page:
            request[call.page[0]] = call.page[1]
        ask, answer_token = call.token
        while True:
            answer = self._ask(call, request, None)
            if answer is None:
                return
            page = members(answer, call.items or "")
            if page is None:
                self._fault(call, Fault(None, "failed", "IncompleteAnswer", _no_list(call, params)))
                return
            self._count(call, len(page))
            yield answer
            token = dig(answer, answer_token)
            if not token:
                return
            if request.get(ask) == token:
                self._fault(call, Fault(None, "truncated", "RepeatedToken", _no_list(call, params)))
                return
            request[ask] = token

    def describe(self, call: Call, ids: Iterable[str], **params: Any) -> Iterator[Item]:
        """Yield the described items, asked for in batches; ``failures`` become gaps.

        An id that is gone is left out, and the others of its batch are described all the same.
        """
        size = call.batch[1] if call.batch else 1
        wanted = sorted(set(ids))
        batches = [wanted[i : i + size] for i in range(0, len(wanted), size)]

        def ask(batch: list[str]) -> list[Item]:
            return (self._paged if call.page else self._batch)(call, batch, params)

        for page in self._each(ask, batches):
            yield from page

    def _paged(self, call: Call, batch: list[str], params: Params) -> list[Item]:
        """Return what all pages hold; in a filter, an id with a wildcard finds no more than it."""
        found = self.listing(call, **params, **call.naming(batch))
        return [one for one in found if _named(one, call) in (None, *batch)]

    def _batch(self, call: Call, batch: list[str], params: Params) -> list[Item]:
        request = {**call.fixed, **params, **call.naming(batch)}
        try:
            answer = self._answer_to(call, request, None)
        except Gone:
            # AWS does not say in a form to rely on which of them it is.
            half = len(batch) // 2
            halves = (batch[:half], batch[half:]) if half else ()
            return [one for part in halves for one in self._batch(call, part, params)]
        if answer is None:
            return []
        page = members(answer, call.items or "")
        if page is None:
            self._fault(call, Fault(None, "failed", "IncompleteAnswer", _no_list(call, request)))
            return []
        for failure in answer.get("failures") or ():
            reason = str(failure.get("reason") or failure.get("failureCode") or "unknown")
            if reason in call.missing:
                continue
            detail = failure.get("detail") or failure.get("failureReason")
            message = f"{reason}: {detail}" if detail else reason
            named = str(failure.get("arn") or "")
            resource = named if named.startswith("arn:") else None
            self._fault(call, Fault(resource, "failed", reason, message))
        self._count(call, len(page))
        return page

    def get(self, call: Call, resource: str | None, **params: Any) -> Item | None:
        """Return one answer, None where it failed, is gone or AWS has none.

        A gap names ``resource``.
        """
        return self._ask(call, {**call.fixed, **params}, resource)

    def attempt(self, call: Call, resource: str, **params: Any) -> tuple[Item | None, bool]:
        """Return (answer, refused): (None, False) says that AWS has none."""
        before = len(self._faults[call.name])
        answer = self.get(call, resource, **params)
        return answer or None, len(self._faults[call.name]) > before

    def faulted(self, call: Call) -> bool:
        """Say whether a request of this call failed so far."""
        return bool(self._faults[call.name])

    def get_each(
        self, call: Call, wanted: Iterable[tuple[str, Params]]
    ) -> Iterator[tuple[str, Item]]:
        """Yield (resource, answer) for each (resource, params) that could be read."""

        def ask(pair: tuple[str, Params]) -> tuple[str, Item | None]:
            return pair[0], self._ask(call, {**call.fixed, **pair[1]}, pair[0])

        for resource, answer in self._each(ask, list(wanted)):
            if answer is not None:
                yield resource, answer

    def map(
        self,
        call: Call,
        found: Iterable[Item],
        rows: Callable[[Item], Iterable[tuple[Table, Row]]],
        resource: str | Callable[[Item], str | None] | None = None,
    ) -> Iterator[tuple[Table, Row]]:
        """Yield the rows of each item; an item of the wrong shape is a gap, the others stand."""
        for item in found:
            try:
                mapped = list(rows(item))
            except SHAPE_ERRORS as error:
                name = resource(item) if callable(resource) else resource or _named(item, call)
                self._fault(call, Fault(name, "failed", "UnexpectedAnswer", _shape(error)))
                continue
            self._note_unclassified(call, mapped)
            yield from mapped

    def _note_unclassified(self, call: Call, rows: Iterable[tuple[Table, Row]]) -> None:
        """Record whose value nobody could classify; the rows say so themselves, part by part."""
        for table, row in rows:
            if "value_class" in table.names:
                said = dict(zip(table.names, row, strict=True))
                if said["value_class"] == "unclassified":
                    arn = next(said[name] for name in table.names if name.endswith("_arn"))
                    self._unclassified[call.name].add(arn)

    def member(self, arn: str, in_use: bool, newest: bool, *, described: bool, status: str) -> None:
        """Say that a revision belongs to this snapshot, and how."""
        self.members.append((arn, in_use, newest, described, status))

    def recall(self, arns: Iterable[str]) -> None:
        """Make the rows of revisions that are not described again known to later collectors."""
        wanted = frozenset(arns)
        for name in self.shared.facts.wanted if wanted else ():
            table = self.shared.tables[name]
            if table.kept == "revision":
                for row in self.shared.recall(table, wanted):
                    self.shared.facts.add(self.scope, table, row)

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows that an earlier collector made, by column name."""
        names = self.shared.tables[table].names
        for row in self.shared.facts.of(self.scope, table):
            yield dict(zip(names, row, strict=True))

    def column(self, table: str, column: str) -> set[Any]:
        """Return the distinct values of a column in rows that an earlier collector made."""
        at = self.shared.tables[table].names.index(column)
        return {row[at] for row in self.shared.facts.of(self.scope, table)} - {None}

    def misshapen(self, error: Exception) -> None:
        """Record that the collector could not read what it was answered."""
        call = self.collector.calls[0]
        self._fault(call, Fault(None, "failed", "UnexpectedAnswer", _shape(error)))

    def close(self) -> tuple[list[CallRecord], list[Gap]]:
        """Return how each declared call ended, and the gaps."""
        records, gaps = [], []
        every = tuple(table.name for table in self.collector.tables)
        account, region = self.scope.account_id, self.scope.region
        for name, call in {call.name: call for call in self.collector.calls}.items():
            tables = call.fills or every
            answered = self._answered[name]
            faults = merged(self._faults[name], answered)
            status = faults[0].status if faults else "ok"
            whole = any(fault.resource is None for fault in faults)
            covered = self.shared.widened(tables) if whole else tables
            records.append(
                CallRecord(
                    account, region, name, status, covered, self._made[name], self._items[name]
                )
            )
            gaps += [
                Gap(
                    account,
                    region,
                    name,
                    f.resource,
                    f.status,
                    f.code,
                    f.message,
                    tables if f.resource else self.shared.widened(tables),
                )
                for f in faults
                if f.status != "region_disabled"
            ]
            # No table is missing: a certain finding beside the value stands.
            gaps += [
                Gap(account, region, name, arn, "failed", "Unclassified", UNCLASSIFIED, ())
                for arn in sorted(self._unclassified[name])
            ]
        return records, gaps

    def _ask(self, call: Call, request: Params, resource: str | None) -> Item | None:
        try:
            return self._answer_to(call, request, resource)
        except Gone:
            return None

    def _answer_to(self, call: Call, request: Params, resource: str | None) -> Item | None:
        if self.shared.stop.is_set():
            raise Stopped
        if self.scope.account_id in self.shared.expired:
            self._fault(call, Fault(resource, "failed", EXPIRED_CODE, NOT_ASKED))
            return None
        with self._lock:
            self._made[call.name] += 1
        try:
            answer = self.shared.source.call(self.scope, call, request)
        except AnswerError as error:
            if error.code in call.absent:
                self._answer(call)
                return {}  # read, and there is none
            if error.code in call.missing:
                self._answer(call)
                raise Gone from None
            status = status_of(error.code, error.http_status)
            if error.code in EXPIRED:
                status = "failed"
                self.shared.expired.add(self.scope.account_id)
            self._fault(call, Fault(resource, status, error.code, error.message))
            return None
        self._answer(call)
        return GUARD.answer(answer, call.token[1])

    def _answer(self, call: Call) -> None:
        with self._lock:
            self._answered[call.name] += 1
        self.shared.progress(f"{self.scope.account_id} {self.scope.region}", call.name, 1)

    def _count(self, call: Call, items: int) -> None:
        with self._lock:
            self._items[call.name] += items

    def _fault(self, call: Call, fault: Fault) -> None:
        with self._lock:
            self._faults[call.name].append(fault)

    def _each(self, ask: Callable[[T], U], wanted: Sequence[T]) -> Iterator[U]:
        if self.options.workers and len(wanted) > 1:
            with ThreadPoolExecutor(self.options.workers) as pool:
                yield from pool.map(ask, wanted)
        else:
            yield from map(ask, wanted)


def _named(item: Item, call: Call) -> str | None:
    name = item.get(call.key) if call.key and isinstance(item, Mapping) else None
    return name if isinstance(name, str) else None


def _shape(error: Exception) -> str:
    # Only our own errors are known to hold no value of the account.
    own = isinstance(error, MappingError)
    return str(error) if own else f"the answer has an unforeseen shape ({type(error).__name__})"


def _no_list(call: Call, params: Params) -> str:
    named = ", ".join(f"{k}={v}" for k, v in sorted(params.items()) if isinstance(v, str))
    return f"the answer did not hold {call.items}" + (f" for {named}" if named else "")
