"""Scan files before they are registered: task definitions, .env files, JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from auditor.errors import UsageError
from auditor.secrets.detector import PLACES, Judged, Verdict, command, judge, user_data

COMMANDS = ("command", "entryPoint")
ENV_NAME = 200  # a longer text before the equals sign is no variable's name


class Hit(msgspec.Struct, frozen=True):
    """A secret in a file; the value itself is nowhere in it.

    ``position`` is the word of a command, the line of a text file, else empty.
    """

    file: str
    container: str | None
    place: str
    name: str
    position: str
    verdict: Verdict


def scan_text(text: str, filename: str) -> list[Hit]:
    """Return the secrets of a file, low confidence left out.

    Reads a task definition as register-task-definition takes it or DescribeTaskDefinition
    answers it, a list of them, JSON lines of ``{"name", "value"[, "where"]}``, or .env text.
    Raises UsageError where the file is none of these.
    """
    bare = text.lstrip("\ufeff \t\r\n")
    if not bare.startswith(("{", "[")):
        return list(_env(text, filename))
    try:
        whole = json.loads(bare)
    except (ValueError, RecursionError):
        return list(_lines(text, filename))
    return list(_document(whole, filename))


def _document(found: Any, file: str, position: str = "") -> Iterator[Hit]:
    if isinstance(found, list):
        for number, one in enumerate(found, 1):
            yield from _document(one, file, f"item {number}")
        return
    found = found.get("taskDefinition", found) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise _wrong(file, position, "is not a JSON object; give a task definition or a pair")
    containers = found.get("containerDefinitions")
    if containers is None:
        yield from _pair_object(found, file, position)
    elif isinstance(containers, list) and all(isinstance(one, dict) for one in containers):
        for container in containers:
            yield from _container(container, file)
    else:
        raise _wrong(file, position, "has containerDefinitions that are not a list of objects")


def _wrong(file: str, position: str, what: str) -> UsageError:
    where = f"{file}, {position}" if position else file
    return UsageError(f"{where}: it {what}.")


def _pair_object(found: dict[str, Any], file: str, position: str) -> Iterator[Hit]:
    name, value = found.get("name"), found.get("value")
    where = found.get("where", "environment")
    if not isinstance(name, str) or not _is_value(value):
        raise _wrong(
            file, position, "has neither containerDefinitions nor a name and a value as text"
        )
    if where not in PLACES:
        raise _wrong(file, position, f"has a where that is not one of {', '.join(PLACES)}")
    yield from _judged(file, None, where, name, value, position)


def _is_value(value: Any) -> bool:
    words = value if isinstance(value, list) else [value]
    return all(isinstance(word, str) for word in words)


def _container(container: dict[str, Any], file: str) -> Iterator[Hit]:
    name = str(container.get("name", "?"))
    for variable in map(_object, _list(container.get("environment"))):
        key, value = variable.get("name"), variable.get("value")
        yield from _judged(file, name, "environment", key, value)
    for field in COMMANDS:
        yield from _command(file, name, field, container.get(field))
    check = _object(container.get("healthCheck"))
    yield from _command(file, name, "healthCheck", check.get("command"))
    logs = _object(container.get("logConfiguration"))
    router = _object(container.get("firelensConfiguration"))
    yield from _pairs(file, name, "logOptions", logs.get("options"))
    yield from _pairs(file, name, "firelensOptions", router.get("options"))
    yield from _pairs(file, name, "dockerLabels", container.get("dockerLabels"))


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _object(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _pairs(file: str, container: str, where: str, found: Any) -> Iterator[Hit]:
    for key, value in _object(found).items():
        yield from _judged(file, container, where, key, value)


def _command(file: str, container: str, where: str, found: Any) -> Iterator[Hit]:
    words = [word if isinstance(word, str) else "" for word in _list(found)]
    for index, hit in command(words):
        yield from _hit(file, container, where, where, hit, f"word {index}")


def _judged(
    file: str, container: str | None, where: str, name: Any, value: Any, position: str = ""
) -> Iterator[Hit]:
    if not isinstance(name, str) or not _is_value(value):
        return
    if where == "userData" and isinstance(value, str):
        try:
            hits = user_data(value)
        except ValueError:
            raise _wrong(file, position, "has user data that is damaged; encode it again") from None
        for hit in hits:
            yield from _hit(file, container, where, name, hit, hit.position)
    else:
        yield from _hit(file, container, where, name, judge(name, value, where), position)


def _hit(
    file: str, container: str | None, where: str, name: str, hit: Judged, position: str
) -> Iterator[Hit]:
    if hit.verdict.cls == "secret" and hit.verdict.confidence != "low":
        yield Hit(file, container, where, name, position, hit.verdict)


def _env(text: str, file: str) -> Iterator[Hit]:
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip()
        if equals and not name.startswith("#") and len(name) <= ENV_NAME:
            bare = value.strip().strip("\"'")
            yield from _judged(file, None, "environment", name, bare, f"line {number}")


def _lines(text: str, file: str) -> Iterator[Hit]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise UsageError(
                f"{file}, line {number}: it is not JSON; give a task definition, one object a "
                "line, or .env text."
            ) from None
        yield from _document(found, file, f"line {number}")


def render_text(hits: list[Hit]) -> str:
    """Return one line a secret, fit for a terminal."""
    return "".join(f"{_place(hit)}: {_what(hit.verdict)}\n" for hit in hits)


def _place(hit: Hit) -> str:
    parts = [hit.container, hit.place, hit.name if hit.name != hit.place else "", hit.position]
    shown = " ".join(part for part in parts if part)
    return "".join(c if c.isprintable() else "?" for c in f"{hit.file}: {shown}")


def _what(verdict: Verdict) -> str:
    return f"{verdict.kind} ({verdict.confidence}, {verdict.preview}): {verdict.reason}"


def render_json(hits: list[Hit]) -> str:
    """Return the hits as a JSON list."""
    return json.dumps(msgspec.to_builtins(hits), indent=2) + "\n"
