"""Read a case file strictly: what it may hold, and where a mistake stands."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from auditor.casebench.items import Item
from auditor.casebench.tokens import filled
from auditor.errors import RuleError, UsageError
from auditor.nearest import hint
from auditor.resources import builtin
from auditor.safeyaml import LOADER

GROUPS = ("bad", "good", "skip", "unknown")
WORDS = frozenset("finds exactly denied set as_of options earlier world at".split())
REFUSED = frozenset(("call", "resource", "code", "@region"))
REVISIONS = ("in-use", "all")
GUIDE = "see the guide to rules"
Place = tuple[tuple[str, ...], int]
Places = dict[tuple[str, ...], int]


class Case(NamedTuple):
    """One case of a file: what it lays over a world, and the line of its title."""

    group: str
    title: str
    case: Item
    world: str
    line: int


def cases_in(path: Path) -> Iterator[Case]:
    """Yield the cases of a file; raise RuleError for what is none, or stands there twice."""
    found, lines = _content(path)
    if not isinstance(found, dict) or not set(found) <= {"world", *GROUPS}:
        said = f"it holds something else than world, {', '.join(GROUPS)}"
        raise RuleError(f"{path}:1: {said}; {GUIDE}")
    for group in GROUPS:
        titled = found.get(group) or {}
        if not isinstance(titled, dict):
            said = f"{group} maps no titles to cases"
            raise RuleError(f"{path}:{lines.get((group,), 1)}: {said}; {GUIDE}")
        for title, case in titled.items():
            line = lines.get((group, str(title)), 1)
            if case is not None and not isinstance(case, dict):
                said = f"the case {title!r} is no mapping of calls to items"
                raise RuleError(f"{path}:{line}: {said}; {GUIDE}")
            world = (case or {}).get("world") or found.get("world", "fargate")
            if not isinstance(world, str) or not (builtin("worlds") / world).is_dir():
                said = f"{world!r} is no world"
                raise RuleError(f"{path}:{line}: {said}; use fargate, ec2, managed or empty")
            yield Case(group, str(title), case or {}, world, line)


def _content(path: Path) -> tuple[Any, Places]:
    """Return what a file says and the lines of its keys; raise RuleError where it is no YAML."""
    try:
        loader = LOADER(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        lines = dict(_places(path, node))  # before construction lays merged keys into the nodes
        return filled(loader.construct_document(node) if node else None), lines
    except (OSError, UnicodeDecodeError) as error:
        line, said = 1, f"cannot be read ({type(error).__name__}); write UTF-8 text"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        said = f"{error.problem or error.context}; correct the YAML"
    except yaml.YAMLError as error:
        line, said = 1, f"{' '.join(str(error).split())}; correct the YAML"
    except ValueError as error:
        # PyYAML builds dates itself and raises this for 2027-13-45, without a place.
        line, said = 1, f"a date is none ({error}); quote it"
    except RecursionError:
        line, said = 1, "it is nested too deeply, or holds itself; write plain lists and mappings"
    except RuleError:
        raise
    except UsageError as error:  # an unknown token
        line, said = 1, str(error)
    raise RuleError(f"{path}:{line}: {said}")


def _places(path: Path, node: yaml.Node | None, depth: int = 3) -> Iterator[Place]:
    """Yield the keys of a file down to those of its cases, each with its line.

    Raises RuleError where one stands twice: of two cases of one title the first would be lost.
    """
    seen: set[str] = set()
    for key, value in node.value if depth and isinstance(node, yaml.MappingNode) else ():
        name, line = str(key.value), key.start_mark.line + 1
        if name in seen:
            raise RuleError(f"{path}:{line}: {name!r} stands twice; say it once")
        seen.add(name)
        yield (name,), line
        yield from (((name, *inner), at) for inner, at in _places(path, value, depth - 1))


def faults_of(case: Mapping[Any, Any]) -> Iterator[str]:
    """Yield what is wrong with the words of a case, each with the remedy; not with its items."""
    for name in case:
        if not isinstance(name, str):
            yield f"{name!r} is no operation; write service.Operation"
    for word, check in CHECKS.items():
        if case.get(word) is not None:
            yield from check(case[word])


def time_of(said: Any) -> datetime.datetime:
    """Return a time of a case as stored times are, UTC without zone; raise ValueError for none."""
    at = said if isinstance(said, datetime.datetime) else datetime.datetime.fromisoformat(str(said))
    try:
        return at.astimezone(datetime.UTC).replace(tzinfo=None) if at.tzinfo else at
    except OverflowError:
        raise ValueError(f"{at} is beyond the calendar in UTC") from None


def _times(at: Any) -> Iterator[str]:
    try:
        time_of(at)
    except ValueError:
        yield f"{at!r} is no time; write it like 2026-11-15T00:00:00Z"


def _flag(exactly: Any) -> Iterator[str]:
    if not isinstance(exactly, bool):
        yield f"exactly is {exactly!r}; write true or false"


def _rows(finds: Any) -> Iterator[str]:
    if not isinstance(finds, list) or not all(isinstance(entry, dict) for entry in finds):
        yield "finds lists no rows; write [{resource: …, part: …}]"


def _thresholds(laid: Any) -> Iterator[str]:
    if not isinstance(laid, dict):
        yield "set maps no thresholds to numbers; write {name: 3}"
        return
    for name, value in laid.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield f"set: {name} is {value!r}; write a number"


def _options(said: Any) -> Iterator[str]:
    if not isinstance(said, dict):
        yield "options maps nothing; write {revisions: all}"
        return
    yield from _unknown("options", said, ("revisions",))
    if said.get("revisions", "all") not in REVISIONS:
        yield f"options: revisions is {said['revisions']!r}; write {' or '.join(REVISIONS)}"


def _refusals(denied: Any) -> Iterator[str]:
    if not isinstance(denied, list):
        yield "denied holds no list; write [service.Operation]"
        return
    for refused in denied:
        if isinstance(refused, dict):
            yield from _unknown("denied", refused, REFUSED)
            for key, value in refused.items():
                if not isinstance(value, str):
                    yield f"denied: {key} is {value!r}; write text"


def _snapshots(earlier: Any) -> Iterator[str]:
    if not isinstance(earlier, list) or not all(isinstance(one, dict) for one in earlier):
        yield "earlier lists no snapshots; write [{at: time, service.Operation: [items]}]"
        return
    for one in earlier:
        if one.get("at") is None:
            yield "earlier: a snapshot has no time; write at: 2026-11-14T00:00:00Z"
        yield from (f"earlier: {fault}" for fault in faults_of(one))


def _unknown(word: str, said: Mapping[Any, Any], known: Iterable[str]) -> Iterator[str]:
    for name in said:
        if name not in known:
            near = hint(str(name), known) or f"; it may hold {', '.join(sorted(known))}"
            yield f"{word} holds {name!r}{near}"


CHECKS: dict[str, Callable[[Any], Iterator[str]]] = {
    "as_of": _times,
    "at": _times,
    "exactly": _flag,
    "finds": _rows,
    "set": _thresholds,
    "options": _options,
    "denied": _refusals,
    "earlier": _snapshots,
}
