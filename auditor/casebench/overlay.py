"""Lay a case over its world: the recording that it stands for."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from auditor.casebench.casefile import WORDS
from auditor.casebench.completers import lay
from auditor.casebench.items import ACCOUNT, REGION, Item, ItemError, World, of_operation, spelled
from auditor.casebench.links import derive_lists, follow, in_order, relink
from auditor.collectors import collectors
from auditor.collectors.answers import matches
from auditor.collectors.base import Call
from auditor.collectors.reader import SHAPE_ERRORS
from auditor.collectors.recording import Operation, Recording, Refusal, read
from auditor.collectors.replay import operations_of, output_shape
from auditor.errors import RuleError
from auditor.resources import builtin

MISSING = "MISSING"  # no error: a batch describe says it of an id among its ``failures``
DENIED = "AccessDeniedException"


@functools.cache
def world_of(name: str) -> Recording:
    """Return a world that cases are laid over."""
    return read(builtin("worlds") / name)


def recorded(case: Item, world: str, path: Path) -> Recording:
    """Return the recording that a case stands for; raise RuleError for a mistake in it."""
    try:
        return _overlaid(case, world, path)
    except SHAPE_ERRORS as error:
        what = str(error) if isinstance(error, ItemError) else "items do not fit each other"
        raise RuleError(f"{path}:1: {what}; write them as AWS answers them") from None


def _overlaid(case: Item, world: str, path: Path) -> Recording:
    base = world_of(world)
    laid = World({place: dict(ops) for place, ops in base.scopes.items()})
    given = _given(case, path)
    for name in in_order(given):
        if name not in given:
            follow(laid, name)
        elif given[name]:
            lay(laid, name, given[name], patterns(base, name))
        else:
            laid.of(name)[name] = Operation(items=[])
    relink(laid, given)
    derive_lists(laid, given)
    for refused in case.get("denied") or []:
        _refuse(laid, refused, path)
    return _whole(base, laid)


def _given(case: Item, path: Path) -> dict[str, list[Any]]:
    """Return the items of a case by operation; raise RuleError."""
    found: dict[str, list[Any]] = {}
    for said, items in case.items():
        if said in WORDS:
            continue
        name = _operation(said, path)
        if items is not None and not isinstance(items, list):
            raise RuleError(f"{path}:1: {said} holds no list; write its items as a list")
        if name in found:
            raise RuleError(f"{path}:1: {said} stands twice; write its items as one list")
        found[name] = items or []
    return found


def _operation(said: str, path: Path) -> str:
    """Return an operation by its name in recordings; raise RuleError for none of AWS's."""
    name = spelled(said)
    service, _, rest = name.partition(".")
    operation, _, member = rest.partition(".")
    call = declared().get(f"{service}.{operation}")
    if call is not None:
        return f"{service}.{operation}" if member == call.items and not call.more else name
    if operation not in operations_of(service):
        raise RuleError(f"{path}:1: {said} is no operation of AWS; see `ecs-audit policy`")
    return name  # nothing here calls it, so nothing here can be wrong about it


@functools.cache
def declared() -> dict[str, Call]:
    """Return the declared calls by ``service.Operation``."""
    found: dict[str, Call] = {}
    for collector in collectors().values():
        for call in collector.calls:
            kept = found.setdefault(f"{call.service}.{call.operation}", call)
            if call.more and not kept.more:
                found[f"{call.service}.{call.operation}"] = call
    return found


def _whole(base: Recording, laid: World) -> Recording:
    """Complete the scopes that a case opened: what it does not name is empty there."""
    places: dict[str, set[str]] = {}
    for account, region in laid.operations:
        places.setdefault(account, set()).update({region} - {"global"})
    scope = type(base.manifest.scopes[0])
    for account, regions in places.items():
        for region in regions or {REGION}:
            _emptied(laid, base.scopes[ACCOUNT, REGION], account, region)
        _emptied(laid, base.scopes[ACCOUNT, "global"], account, "global")
    scopes = [scope(account, sorted(regions or {REGION})) for account, regions in places.items()]
    manifest = msgspec.structs.replace(base.manifest, scopes=scopes)
    return Recording(manifest, laid.operations, empty_answers=True)


def _emptied(laid: World, pattern: Mapping[str, Operation], account: str, region: str) -> None:
    found = laid.operations.setdefault((account, region), {})
    for name, operation in pattern.items():
        empty = Operation(items=[]) if operation.items is not None else Operation()
        found.setdefault(name, empty)


def patterns(base: Recording, name: str) -> list[Item]:
    """Return the world's items of an operation, else those of the EC2 world."""
    where = "global" if name.startswith("iam.") else REGION
    for source in (base, world_of("ec2")):
        found = source.scopes[ACCOUNT, where].get(name)
        items = of_operation(found) if found else []
        if items:
            return copy.deepcopy(items)
    return []


def _refuse(laid: World, refused: Any, path: Path) -> None:
    """Let a call, or one resource of it, answer with an error or among ``failures``."""
    asked = refused if isinstance(refused, dict) else {"call": refused}
    said, resource, elsewhere = (asked.get(key) for key in ("call", "resource", "@region"))
    if not isinstance(said, str):
        raise RuleError(f"{path}:1: denied names no call; write service.Operation")
    name = _operation(said, path)
    call = declared().get(".".join(name.split(".")[:2]))
    if call is None:
        return
    code = asked.get("code") or DENIED
    shape = output_shape(call.service, call.operation)
    if code == MISSING and "failures" not in (shape.members if shape else ()):
        why = f"{said} answers no failures, so nothing of it is {MISSING}"
        raise RuleError(f"{path}:1: denied: {why}; name the code of an error")
    message = "not authorized" if code == DENIED else "refused"
    refusal = Refusal(code, message, 400, _identifying(call, resource))
    if elsewhere:
        laid.operations.setdefault((ACCOUNT, str(elsewhere)), {})
    for (_, region), operations in laid.operations.items():
        if (region == "global") != name.startswith("iam.") or elsewhere not in (None, region):
            continue
        for key in [k for k in operations if k == name or k.startswith(f"{name}.")] or [name]:
            found = operations.get(key) or Operation(items=[])
            operations[key] = (
                _missing(found, call, resource)
                if code == MISSING
                else Operation(found.items, found.answers, found.failures, [*found.errors, refusal])
            )


def _missing(found: Operation, call: Call, resource: str | None) -> Operation:
    """Return an operation that says of a resource, or of every one, that it is not there."""
    gone = [
        item for item in found.items or []
        if not resource or matches({"": item.get(call.key or "")}, {"": resource})
    ]  # fmt: skip
    names = [item.get(call.key or "") for item in gone] or [resource]
    failures = [{"arn": name, "reason": MISSING} for name in names if name]
    left = [item for item in found.items or [] if item not in gone]
    return Operation(left, found.answers, [*found.failures, *failures], found.errors)


def _identifying(call: Call, resource: str | None) -> Item | None:
    """Return the parameters by which a call for one resource is known."""
    if not resource:
        return None
    if call.one:
        return {call.one: resource}
    if call.parents:
        return {next(iter(call.parents)): resource}
    return dict(call.naming([resource])) if call.batch else None
