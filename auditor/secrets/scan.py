"""Scan files before they are registered: task definitions, .env files, JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from auditor.errors import UsageError
from auditor.secrets.detector import PLACES, Judged, Verdict, command, judge, user_data
from auditor.secrets.dotenv import assignments
from auditor.secrets.structure import LIMIT

COMMANDS = ("command", "entryPoint")


class Hit(msgspec.Struct, frozen=True):
    """A secret in a file; the value itself is nowhere in it.

    ``position`` is the item of a list, the line of a text file, the word of a command.
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
    if not bare.startswith(("{", "[", '"')):
        return list(_env(text.removeprefix("\ufeff"), filename))
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
    if isinstance(found, dict) and isinstance(found.get("taskDefinition"), dict):
        # DescribeTaskDefinition answers the tags beside the definition.
        found = {"tags": found.get("tags"), **found["taskDefinition"]}
    if not isinstance(found, dict):
        raise _wrong(file, position, "is not a JSON object; give a task definition or a pair")
    containers = found.get("containerDefinitions")
    if containers is None:
        yield from _pair_object(found, file, position)
    elif isinstance(containers, list) and all(isinstance(one, dict) for one in containers):
        for container in containers:
            yield from _container(container, file, position)
        yield from _definition(found, file, position)
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


def _definition(found: dict[str, Any], file: str, position: str) -> Iterator[Hit]:
    """Yield the secrets of a definition outside its containers: tags, volumes, the proxy."""
    part = _Part(file, None, position)
    for tag in part.items(found, "tags"):
        yield from part.pair("tags", tag.get("key"), tag.get("value"))
    for volume in part.items(found, "volumes"):
        docker = part.member(volume, "dockerVolumeConfiguration")
        for place in ("driverOpts", "labels"):
            yield from part.pairs(docker, place, "logOptions", place)
    for pair in part.items(part.member(found, "proxyConfiguration"), "properties"):
        yield from part.pair("proxyProperties", pair.get("name"), pair.get("value"), "logOptions")


def _container(container: dict[str, Any], file: str, position: str) -> Iterator[Hit]:
    part = _Part(file, str(container.get("name", "?")), position)
    for variable in part.items(container, "environment"):
        yield from part.pair("environment", variable.get("name"), variable.get("value"))
    for field in COMMANDS:
        yield from part.command(container, field, field)
    yield from part.command(part.member(container, "healthCheck"), "command", "healthCheck")
    yield from part.pairs(part.member(container, "logConfiguration"), "options", "logOptions")
    router = part.member(container, "firelensConfiguration")
    yield from part.pairs(router, "options", "firelensOptions")
    yield from part.pairs(container, "dockerLabels", "dockerLabels")


class _Part:
    """A container or the rest of a definition; what has another shape is an error, not clean."""

    def __init__(self, file: str, container: str | None, position: str) -> None:
        self.file, self.container, self.position = file, container, position

    def wrong(self, field: str, wanted: str) -> UsageError:
        owner = f"container {self.container}" if self.container else "the definition"
        return _wrong(self.file, self.position, f"has in {owner} a {field} that is not {wanted}")

    def items(self, owner: dict[str, Any], field: str) -> list[dict[str, Any]]:
        """Return a list of objects; nothing where the field is absent."""
        found = owner.get(field)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise self.wrong(field, "a list of objects")
        return found

    def member(self, owner: dict[str, Any], field: str) -> dict[str, Any]:
        """Return an object; an empty one where the field is absent."""
        found = owner.get(field)
        if found is not None and not isinstance(found, dict):
            raise self.wrong(field, "an object")
        return found or {}

    def pair(self, place: str, name: Any, value: Any, where: str = "") -> Iterator[Hit]:
        if not isinstance(name, str) or not isinstance(value, str | None):
            raise self.wrong(place, "names with values as text")
        where = where or place
        for hit in _judged(self.file, self.container, where, name, value or "", self.position):
            yield msgspec.structs.replace(hit, place=place)

    def pairs(
        self, owner: dict[str, Any], field: str, where: str, place: str = ""
    ) -> Iterator[Hit]:
        for key, value in self.member(owner, field).items():
            yield from self.pair(place or where, key, value, where)

    def command(self, owner: dict[str, Any], field: str, where: str) -> Iterator[Hit]:
        words = owner.get(field) or []
        if not isinstance(words, list) or not _is_value(words):
            raise self.wrong(field, "a list of words")
        for index, hit in command(words):
            position = f"{self.position} word {index}".strip()
            yield from _hit(self.file, self.container, where, where, hit, position)


def _judged(
    file: str, container: str | None, where: str, name: str, value: Any, position: str = ""
) -> Iterator[Hit]:
    if len(value) > LIMIT:
        raise _wrong(file, position, f"has a {name[:40]} of more than {LIMIT} characters")
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
    try:
        for found in assignments(text):
            position = f"line {found.line}"
            yield from _judged(file, None, "environment", found.name, found.value, position)
    except ValueError as error:
        raise UsageError(
            f"{file}, {error}: it is neither NAME=value nor JSON; give a task definition, "
            "JSON lines or .env text."
        ) from None


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


def reaches(hit: Hit, fail_on: str) -> bool:
    """Say whether a hit counts: critical as SEC001 is, or high as the other rules are."""
    verdict = hit.verdict
    certain = verdict.confidence == "high" and not verdict.kind.startswith("named_")
    if fail_on == "critical":
        return certain and hit.place == "environment"
    return fail_on != "never"


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
