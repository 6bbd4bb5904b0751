"""What a collector declares: its tables, its AWS calls, and what it needs of others.

A collector is one module of this folder with a module-level ``COLLECTOR``; modules are found by
folder, so a new resource is one new file. Everything a call needs for paging, batching, replay,
the least-privilege policy and coverage stands in its ``Call``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from auditor.schema import Row, Table

if TYPE_CHECKING:
    from auditor.collectors.reader import Reader

Params = Mapping[str, Any]
# EC2: a filter takes 200 values a request (user guide, "List and filter your resources").
FILTERED, PAGE, TOKEN = ("Filters", 200), ("MaxResults", 1000), ("NextToken", "NextToken")


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS operation: how it is paged and batched, and which fields name what it returns.

    ``items`` is the dotted path of the answer's main list (``Reservations.Instances`` joins the
    lists below each element); None for an operation that answers one thing.
    ``page`` is (request parameter, the API's maximum); ``token`` (request, response) names.
    ``batch`` is (request parameter, ids a request); ``one`` the parameter of the single resource.
    ``filter`` names the EC2 filter that takes a batch's ids: a request that names ids outright is
    refused as a whole once one of them is gone, a filter leaves that one out.
    ``key`` is the item's member that the ids name, ``parents`` maps request parameters to the
    item's members that must equal them: both serve replay and the reading of ``failures``.
    ``fixed`` parameters go with each request. ``absent`` are error codes that mean "has none",
    ``missing`` those that mean "what is asked for is gone": it is left out, and is no gap.
    ``more`` names further lists of the same answer (GetAccountAuthorizationDetails has several).
    ``fills`` names the tables that it alone feeds, where these are not all of its collector's: a
    refused policy leaves the key itself known.
    ``action`` is the IAM action where it is not ``service:operation``; ``also`` further ones.
    """

    service: str
    operation: str
    items: str | None = None
    page: tuple[str, int] | None = None
    token: tuple[str, str] = ("nextToken", "nextToken")
    batch: tuple[str, int] | None = None
    filter: str | None = None
    one: str | None = None
    key: str | None = None
    parents: Mapping[str, str] = field(default_factory=dict)
    fixed: Params = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    action: str | None = None
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``ecs:ListClusters``, as coverage and accepted gaps spell it."""
        return f"{self.service}:{self.operation}"

    @property
    def actions(self) -> tuple[str, ...]:
        """The IAM actions that the call needs."""
        return (self.action or self.name, *self.also)

    def naming(self, ids: Sequence[str]) -> Params:
        """Return the parameters that ask for a batch of ids."""
        parameter = self.batch[0] if self.batch else ""
        return {parameter: [{"Name": self.filter, "Values": ids}] if self.filter else ids}

    def named(self, params: Params) -> Sequence[str]:
        """Return the ids that a request asks for; none where it asks in another way."""
        found = params.get(self.batch[0], ()) if self.batch else ()
        if self.filter:
            return next((f["Values"] for f in found if f.get("Name") == self.filter), ())
        return found


@dataclass(frozen=True, slots=True)
class Collector:
    """A resource: what it fills, what it calls, what must be read before it.

    ``needs`` names tables without which this one cannot be asked for (a gap in them is a gap
    here too); ``after`` names tables that only widen or refine what is asked for.
    ``level`` is account for what is asked once an account (region ``global``).
    """

    tables: tuple[Table, ...]
    calls: tuple[Call, ...]
    collect: Callable[[Reader], Iterator[tuple[Table, Row]]]
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    level: Literal["region", "account"] = "region"

    @property
    def services(self) -> frozenset[str]:
        """The services it calls."""
        return frozenset(call.service for call in self.calls)
