"""The YAML header of a rule: what it may say, and how a breach is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, get_args

import msgspec
import yaml

from auditor import catalog
from auditor.errors import RuleError
from auditor.findings import Confidence, Severity
from auditor.nearest import hint
from auditor.safeyaml import LOADER

Snippet = Literal["cli", "terraform", "cloudformation", "iam"]
Effort = Literal["small", "medium", "large"]
WORDS = {"severity": get_args(Severity), "confidence": get_args(Confidence),
         "snippets": get_args(Snippet), "effort": get_args(Effort)}  # fmt: skip
UNKNOWN = re.compile(r"(?:Object contains unknown field `|Invalid enum value ')(?P<name>[^`']+)")
AT = re.compile(r"\$\.(\w+)|field `(\w+)`")
YAML_LINE = re.compile(r"line (\d+)")
FIRST_LINE = 2  # of the YAML inside the file


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that the configuration may change."""

    default: float
    unit: str
    doc: str


class Meta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule says of itself."""

    title: str
    severity: Severity
    confidence: Confidence
    why: str
    fix: str
    refs: list[str]
    controls: dict[str, list[str]] = {}
    snippets: dict[Snippet, str] = {}
    effort: Effort | None = None
    yields_to: list[str] = []
    optional: list[str] = []
    false_positives: str | None = None
    thresholds: dict[str, Threshold] = {}


def parsed(path: Path, text: str) -> Meta:
    """Read a header; raise RuleError naming the file, the line and the remedy."""
    lines = dict(_keys(path, text))
    try:
        meta = msgspec.yaml.decode(text, type=Meta)
    except msgspec.DecodeError as error:
        said = " ".join(str(error).split())
        raise RuleError(f"{path}:{_line(said, lines)}: {said}; {_remedy(said)}") from None
    except ValueError as error:
        # PyYAML builds dates itself and raises this for 2027-13-45, without a place.
        raise RuleError(f"{path}:1: a date is none ({error}); quote it") from None
    for fault, key in _faults(meta):
        raise RuleError(f"{path}:{lines.get(key, FIRST_LINE)}: {fault}")
    return meta


def _keys(path: Path, text: str) -> Iterator[tuple[str, int]]:
    """Yield the header's keys with their lines in the file; raise RuleError where one repeats."""
    try:
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError:
        return  # told by the decoder
    seen: set[str] = set()
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        line = key.start_mark.line + FIRST_LINE
        if not isinstance(key, yaml.ScalarNode):
            raise RuleError(f"{path}:{line}: a key is no text; write `title: …`")
        if key.value in seen:
            raise RuleError(f"{path}:{line}: {key.value} stands twice; say it once")
        seen.add(key.value)
        yield key.value, line


def _line(said: str, lines: dict[str, int]) -> int:
    place = YAML_LINE.search(said)
    if place:
        return int(place[1]) + FIRST_LINE - 1
    names = [name for found in AT.findall(said) for name in found if name in lines]
    return lines[names[0]] if names else 1


def _remedy(said: str) -> str:
    unknown = UNKNOWN.search(said)
    at = next((name for pair in AT.findall(said) for name in pair if name in WORDS), "")
    known: Iterable[str] = Meta.__struct_fields__ if "unknown field" in said else WORDS.get(at, ())
    near = hint(unknown["name"], known).removeprefix("; ") if unknown else ""
    return near or "see `ecs-audit rules new`"


def _faults(meta: Meta) -> Iterator[tuple[str, str]]:
    """Yield what the types alone do not tell, each with its key."""
    for key in ("title", "why", "fix"):
        if not getattr(meta, key).strip():
            yield f"{key} is empty; say it in a sentence", key
    if not all(url.startswith("https://") for url in meta.refs):
        yield "refs holds something else than https URLs; give URLs", "refs"
    for name in meta.optional:
        if name not in catalog.tables():
            near = hint(name, catalog.tables()) or "; see `ecs-audit schema`"
            yield f"optional names {name}, which is no table{near}", "optional"
