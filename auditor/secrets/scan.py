"""Scan files before they are registered: task definitions, .env files, JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from auditor.errors import UsageError
from auditor.secrets.detector import Verdict, classify, command

WORDS = (("command", "command"), ("entryPoint", "entryPoint"))


class Hit(msgspec.Struct, frozen=True):
    """A secret in a file; the value itself is nowhere in it."""

    file: str
    container: str | None
    place: str
    name: str
    verdict: Verdict


def scan_text(text: str, file: str) -> list[Hit]:
    """Return the secrets of a file; raise UsageError where it is none of the known kinds."""
    bare = text.lstrip()
    if bare.startswith(("{", "[")):
        try:
            return list(_document(json.loads(text), file))
        except ValueError:
            return list(_lines(text, file))
    return list(_env(text, file))


def _document(found: Any, file: str) -> Iterator[Hit]:
    if isinstance(found, list):
        for one in found:
            yield from _document(one, file)
        return
    if not isinstance(found, dict):
        raise UsageError(f"{file}: a task definition is a JSON object; give one, or a list of them")
    found = found.get("taskDefinition", found)
    if "containerDefinitions" not in found and "name" in found:
        yield from _pair(file, None, found.get("where", "environment"), found["name"],
                         found.get("value"))  # fmt: skip
        return
    for container in found.get("containerDefinitions") or ():
        yield from _container(container, file)


def _container(container: dict[str, Any], file: str) -> Iterator[Hit]:
    name = container.get("name")
    for variable in container.get("environment") or ():
        yield from _pair(file, name, "environment", variable.get("name"), variable.get("value"))
    for field, place in WORDS:
        for index, hit in command([str(w) for w in container.get(field) or ()]):
            yield Hit(file, name, place, str(index), hit.verdict)
    for index, hit in command((container.get("healthCheck") or {}).get("command") or []):
        yield Hit(file, name, "healthCheck", str(index), hit.verdict)
    options = (container.get("logConfiguration") or {}).get("options") or {}
    for key, value in options.items():
        yield from _pair(file, name, "logOptions", key, value)
    for key, value in (container.get("dockerLabels") or {}).items():
        yield from _pair(file, name, "dockerLabels", key, value)


def _pair(file: str, container: str | None, where: str, name: Any, value: Any) -> Iterator[Hit]:
    if isinstance(name, str) and isinstance(value, str | list):
        verdict = classify(name, value, where)
        if verdict.cls == "secret" and verdict.confidence != "low":
            yield Hit(file, container, where, name, verdict)


def _env(text: str, file: str) -> Iterator[Hit]:
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            yield from _pair(file, None, "environment", name.strip(), value.strip().strip("\"'"))


def _lines(text: str, file: str) -> Iterator[Hit]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found = json.loads(line)
            except ValueError:
                raise UsageError(f"{file}:{number}: not JSON; correct the line") from None
            yield from _document(found, file)


def render_text(hits: list[Hit]) -> str:
    """Return a line a secret."""
    return "".join(
        f"{h.file}: {h.container or '-'} {h.place} {h.name}: {h.verdict.kind} "
        f"({h.verdict.confidence}): {h.verdict.reason}\n" for h in hits
    )  # fmt: skip


def render_json(hits: list[Hit]) -> str:
    """Return the hits as JSON."""
    return json.dumps(msgspec.to_builtins(hits), indent=2, ensure_ascii=False) + "\n"
