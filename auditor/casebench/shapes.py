"""Doubts about a case: what AWS's API, as botocore knows it, would not answer so.

A case that says what nothing reads passes and proves nothing. These are doubts and no mistakes: the
API grows faster than the botocore that is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.casebench.casefile import WORDS
from auditor.casebench.items import DEFINITIONS, Item, spelled
from auditor.collectors.base import Call
from auditor.collectors.replay import output_shape
from auditor.nearest import hint

# What AWS answers although the enum of the API's model spells it otherwise.
ANSWERED = {"PermissionsBoundaryAttachmentType": "Policy", "PlatformValues": "windows"}


def doubts(case: Item, calls: Mapping[str, Call], thresholds: Iterable[str]) -> Iterator[str]:
    """Yield what in a case is likely misspelt, each with the nearest name."""
    for said, items in case.items():
        if said not in WORDS:
            yield from _of_operation(spelled(said), items or (), calls)
    for refused in case.get("denied") or ():
        said = refused["call"] if isinstance(refused, Mapping) else refused
        name = ".".join(spelled(said).split(".")[:2])
        if name not in calls:
            yield f"denied: {said} is asked by no collector{hint(name, calls)}"
    known = set(thresholds)
    for name in case.get("set") or ():
        if name not in known:
            yield f"set: {name} is no threshold of the rule{hint(name, known)}"
    if case.get("finds") == []:
        yield "finds is empty and asks for nothing"
    for snapshot in case.get("earlier") or ():
        yield from doubts(snapshot, calls, known)


def _of_operation(name: str, items: Iterable[Any], calls: Mapping[str, Call]) -> Iterator[str]:
    service, operation, *path = name.split(".")
    call = calls.get(f"{service}.{operation}")
    if call is None:
        yield f"{name} is asked by no collector{hint(name, calls)}"
        return
    whole = output_shape(service, operation)
    path = path or (call.items or "").split(".")
    element = _element(whole, path) if call.items else whole
    if element is None:
        yield f"{name}: the answer has no list {path[-1]}{hint(path[-1], whole.members)}"
        return
    for item in items:
        if isinstance(item, dict):
            shape = whole if path[-1] in item else element
            yield from _walked(_said(name, call, item), _opened(call, item, shape), name)


def _element(shape: Any, path: Iterable[str]) -> Any:
    """Return the shape of an element of a list in an answer, None where there is no such list."""
    for step in path:
        member = shape.members.get(step)
        if member is None or member.type_name != "list":
            return None
        shape = member.member
    return shape


def _said(name: str, call: Call, item: Item) -> Item:
    """Return what an item says of itself: without its id, its parent and its place."""
    beside = {call.one, *call.parents.values(), "tags" if name == DEFINITIONS else None}
    return {k: v for k, v in item.items() if k not in beside or isinstance(v, dict)}


def _opened(call: Call, item: Item, shape: Any) -> Any:
    """Return the shape inside the answer's envelope where an item stands without it."""
    inner = [n for n, member in shape.members.items() if member.type_name == "structure"]
    bare = not call.items and len(inner) == 1 and not isinstance(item.get(inner[0]), dict)
    return shape.members[inner[0]] if bare else shape


def _walked(value: Any, shape: Any, place: str) -> Iterator[str]:
    """Yield the members that a shape does not have and the values that its enum does not name."""
    kind = shape.type_name
    if isinstance(value, list) and kind == "list":
        for one in value:
            yield from _walked(one, shape.member, place)
    elif isinstance(value, Mapping) and kind == "map":
        for name, one in value.items():
            yield from _walked(one, shape.value, f"{place}.{name}")
    elif isinstance(value, Mapping) and kind == "structure":
        for name, one in value.items():
            member = shape.members.get(name)
            if member is not None:
                yield from _walked(one, member, f"{place}.{name}")
            elif not str(name).startswith("@"):
                yield f"{place} has no member {name}{hint(str(name), shape.members)}"
    elif isinstance(value, str) and _is_never(value, shape):
        yield f"{place} is never {value}{hint(value, shape.enum)}"


def _is_never(value: str, shape: Any) -> bool:
    known = getattr(shape, "enum", None) or (value,)
    return value not in known and ANSWERED.get(shape.name) != value
