"""What a whole role is granted: allow, deny and boundary of all its policies together."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from auditor.analyses.iam import catalogue
from auditor.analyses.iam.conditions import Context, holds
from auditor.analyses.iam.documents import Invalid, Statement, parsed
from auditor.analyses.iam.masks import (
    Masks,
    Place,
    Reach,
    document_masks,
    document_speaks,
    joined,
    known,
    masked,
    spoken,
    statement_masks,
    text_key,
)

State = Literal["certain", "conditional"]


class Owned(NamedTuple):
    """A statement and the policy that holds it."""

    policy: str
    statement: Statement


class Grant(NamedTuple):
    """How an action is granted, and by which statement."""

    state: State
    by: Owned
    action: str


class Held(NamedTuple):
    """The units that a role holds surely, and those that it may hold (sure ones among them)."""

    sure: int
    possible: int

    def state(self, bits: int) -> State | None:
        """Say how some unit of a set is held."""
        if self.sure & bits:
            return "certain"
        return "conditional" if self.possible & bits else None


class Role:
    """A role's policies; ``invalid`` names the malformed ones, which grant and deny nothing."""

    def __init__(
        self, place: Place, policies: Sequence[tuple[str, str]], boundary: str | None = None
    ) -> None:
        self.place = place
        self.invalid: list[str] = []
        self._policies: list[tuple[str, str]] = []
        for name, text in policies:
            if self._readable(name, text):
                self._policies.append((name, text))
        self._bounded = boundary is not None
        self._boundary = boundary if boundary and self._readable("boundary", boundary) else None

    def _readable(self, name: str, text: str) -> bool:
        try:
            parsed(text)
        except Invalid:
            self.invalid.append(name)
            return False
        return True

    @property
    def context(self) -> Context:
        """The condition keys that are known of the role's requests."""
        return known(self.place.account)

    @property
    def bounds(self) -> tuple[Statement, ...] | None:
        """The boundary's statements, None without one that can be read."""
        return parsed(self._boundary) if self._boundary is not None else None

    @functools.cached_property
    def owned(self) -> tuple[Owned, ...]:
        """The statements of the policies, in their order."""
        return tuple(Owned(name, s) for name, text in self._policies for s in parsed(text))

    def held(self, reach: Reach = "everything") -> Held:
        """Return what the role holds on everything, or on some resource."""
        own = joined(document_masks(text, self.place, reach) for _, text in self._policies)
        bound = self._boundary
        return self._within(own, document_masks(bound, self.place, reach) if bound else None)

    @functools.cached_property
    def everywhere(self) -> Held:
        """What it holds on everything."""
        return self.held()

    @functools.cached_property
    def anywhere(self) -> Held:
        """What it holds on some resource."""
        return self.held("some")

    def _within(self, own: Masks, bound: Masks | None) -> Held:
        if bound is None:
            # A boundary that cannot be read may allow anything or nothing.
            sure = 0 if self._bounded else own.allowed
            bound = Masks(sure, own.maybe_allowed)
        denied, maybe_denied = own.denied | bound.denied, own.maybe_denied | bound.maybe_denied
        return Held(own.allowed & bound.allowed & ~(denied | maybe_denied),
                    own.maybe_allowed & bound.maybe_allowed & ~denied)  # fmt: skip

    @functools.cached_property
    def spoken_of(self) -> int:
        """The units that some Allow speaks of, whatever the resource."""
        every = (document_speaks(text) for _, text in self._policies)
        return functools.reduce(int.__or__, every, 0)

    def granted(self, names: tuple[str, ...], reach: Reach = "everything") -> Grant | None:
        """Return how one of some actions is held, a certain one before a conditional."""
        return self.grant(catalogue.units(names), reach)

    def grant(self, units: int, reach: Reach = "everything") -> Grant | None:
        """Return how one of some units is held, and by which statement."""
        if not self.spoken_of & units:
            return None
        held = self.everywhere if reach == "everything" else self.anywhere
        state = held.state(units)
        if state is None:
            return None
        hit = (held.sure if state == "certain" else held.possible) & units
        for only_sure in (True, False):
            for one, masks in self.masked(reach):
                bits = (masks.allowed if only_sure else masks.maybe_allowed) & hit
                if bits:
                    return Grant(state, one, catalogue.index().first(bits))
        return None

    def allows(self) -> Iterator[Owned]:
        """Iterate the Allow statements."""
        return (one for one in self.owned if one.statement.effect == "Allow")

    def masked(self, reach: Reach) -> Iterator[tuple[Owned, Masks]]:
        """Iterate the statements with their sets."""
        masks = (m for _, text in self._policies for m in masked(text, self.place, reach))
        return zip(self.owned, masks, strict=True)

    def assuming(
        self, names: tuple[str, ...], extra: Mapping[str, tuple[str, ...]]
    ) -> State | None:
        """Say how some action is held on everything where further condition keys are known."""
        units = catalogue.units(names)
        own = joined(self._masks(one.statement, extra, units) for one in self.owned)
        bounds = self.bounds
        bound = None if bounds is None else joined(self._masks(s, extra, units) for s in bounds)
        return self._within(own, bound).state(units)

    def _masks(
        self, statement: Statement, extra: Mapping[str, tuple[str, ...]], units: int
    ) -> Masks:
        if not spoken(statement) & units:
            return Masks()
        held = holds(statement, {**self.context, **extra})
        if held is False:
            return Masks()
        whole = statement_masks(statement._replace(conditions={}), self.place, "everything")
        if held:
            return whole
        return Masks(0, whole.allowed, 0, whole.denied)


def role_of(
    account: str,
    region: str,
    policies: Sequence[Mapping[str, Any]],
    boundary: Any = None,
    partition: str = "",
) -> Role:
    """Return a role of policies (``name``, ``document``); raises ValueError for other shapes."""
    pairs = []
    for policy in policies:
        if not isinstance(policy, Mapping) or not isinstance(policy.get("name"), str):
            raise ValueError("a policy has a name and a document")
        pairs.append((policy["name"], text_key(policy.get("document"))))
    place = Place(account, region, partition or partition_of(region))
    return Role(place, pairs, None if boundary is None else text_key(boundary))


PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"),
              ("us-isob-", "aws-iso-b"), ("us-isof-", "aws-iso-f"), ("eu-isoe-", "aws-iso-e"),
              ("eusc-", "aws-eusc"))  # fmt: skip


def partition_of(region: str) -> str:
    """Return the partition of a region; without a region, aws."""
    return next((p for prefix, p in PARTITIONS if region.startswith(prefix)), "aws")
