"""Load rules: one .sql file each, a YAML header and one SELECT; select them by id or kind."""

from __future__ import annotations

import csv
import difflib
import functools
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from auditor.errors import ConfigError, RuleError
from auditor.findings import SEVERITIES
from auditor.resources import builtin
from auditor.ruleheader import Meta, parsed
from auditor.rulesql import inspect

HEADER = re.compile(r"\A/\* ---\n(?P<meta>.*?)\n--- \*/\n(?P<sql>.+)\Z", re.DOTALL)
STEM = re.compile(r"(?P<id>[A-Z]{2,4}\d{3})_(?P<slug>[a-z0-9_]+)\Z")


class Rule(msgspec.Struct, frozen=True):
    """A rule; id, slug and family come from the path, reads from the SQL."""

    id: str
    slug: str
    family: str
    meta: Meta
    sql: str
    reads: frozenset[str]
    digest: str
    path: Path

    def translated(self, language: str) -> Meta:
        """Return the header with title, why and fix in a language, English where missing."""
        path = self.path.with_name(f"{self.path.stem}.{language}.yaml")
        if language == "en" or not path.exists():
            return self.meta
        try:
            texts = msgspec.yaml.decode(path.read_bytes(), type=dict[str, str])
        except msgspec.DecodeError as error:
            raise RuleError(f"{path}:1: {error}; it holds title, why and fix") from None
        if not texts.keys() <= {"title", "why", "fix"}:
            raise RuleError(f"{path}:1: it may hold title, why and fix alone")
        return msgspec.structs.replace(self.meta, **{k: v.strip() for k, v in texts.items()})


def load(path: Path) -> Rule:
    """Read one rule file; raise RuleError naming the file, the line and the remedy."""
    stem = STEM.match(path.stem)
    if not stem:
        raise RuleError(f"{path}:1: the name does not fit; call it like SEC001_short_name.sql")
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = f"cannot be read ({type(error).__name__})"
        raise RuleError(f"{path}:1: {said}; write UTF-8 text") from None
    found = HEADER.match(content)
    if not found:
        raise RuleError(f"{path}:1: no header; begin with `/* ---`, YAML, `--- */`")
    meta = parsed(path, found["meta"])
    if stem["id"] in meta.yields_to:
        raise RuleError(f"{path}:1: yields_to names the rule itself; name the specific rule")
    blank = len(found["sql"]) - len(found["sql"].lstrip()) if found["sql"].strip() else 0
    line = found["meta"].count("\n") + 4 + found["sql"][:blank].count("\n")
    sql = found["sql"].strip().rstrip("; \n")
    reads = inspect(path, line, sql)
    digest = hashlib.sha256(" ".join(sql.split()).encode()).hexdigest()
    return Rule(stem["id"], stem["slug"], path.parent.name, meta, sql, reads, digest, path)


def load_all(folders: Iterable[Path] = ()) -> dict[str, Rule]:
    """Load the shipped rules and those of further folders, by id; a repeated id is an error."""
    found = dict(shipped())
    for folder in folders:
        if not folder.is_dir():
            raise RuleError(f"{folder}:0: not a folder; --rules names a folder of .sql files")
        _add(found, folder)
    return dict(sorted(found.items()))


@functools.cache
def shipped() -> dict[str, Rule]:
    """Load the rules that the program brings; they do not change while it runs."""
    found: dict[str, Rule] = {}
    _add(found, builtin("rules"))
    return found


def _add(found: dict[str, Rule], folder: Path) -> None:
    for path in sorted(folder.rglob("*.sql")):
        rule = load(path)
        if rule.id in found:
            raise RuleError(f"{path}:1: {rule.id} is {found[rule.id].path} too; choose an id")
        found[rule.id] = rule


def ruleset_digest(rules: Iterable[Rule]) -> str:
    """Return the SHA-256 over ids and digests."""
    total = hashlib.sha256()
    for rule in sorted(rules, key=lambda r: r.id):
        total.update(f"{rule.id} {rule.digest} {rule.meta.severity}\n".encode())
    return total.hexdigest()


@functools.cache
def retired() -> dict[str, str | None]:
    """Return retired ids and the rule each went into, None where it was withdrawn."""
    path = builtin("rules") / "retired.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: row["into"] or None for row in csv.DictReader(stream)}


def successor(rule_id: str) -> str:
    """Return the id that a rule's findings are hashed under: a rename changes no fingerprint."""
    return retired().get(rule_id) or rule_id


def matches(rule: Rule, entry: str) -> bool:
    """Say whether a ``select`` entry means a rule."""
    kind, _, name = entry.partition(":")
    if kind == "family" and name:
        return rule.family == name
    if kind == "framework" and name:
        return name in rule.meta.controls
    if kind == "severity" and name:
        return SEVERITIES.index(rule.meta.severity) <= SEVERITIES.index(name)
    return rule.id.startswith(entry)


def select(
    rules: dict[str, Rule], wanted: Sequence[str], unwanted: Sequence[str]
) -> tuple[dict[str, Rule], list[str]]:
    """Return the selected rules and a line for each retired id; ``unwanted`` wins.

    Raises ConfigError for an entry that matches nothing.
    """
    notices: list[str] = []
    chosen = [_entry(rules, entry, notices) for entry in wanted]
    left = [_entry(rules, entry, notices) for entry in unwanted]
    kept = {
        name: rule
        for name, rule in rules.items()
        if (not chosen or any(e and matches(rule, e) for e in chosen))
        and not any(e and matches(rule, e) for e in left)
    }
    return kept, notices


def _entry(rules: dict[str, Rule], entry: str, notices: list[str]) -> str | None:
    kind, colon, name = entry.partition(":")
    if not entry:
        raise ConfigError("select and ignore hold an empty entry; name a rule or take it away")
    if kind == "severity" and name not in SEVERITIES:
        raise ConfigError(f"select: {entry} names no severity; use {', '.join(SEVERITIES)}")
    if any(matches(rule, entry) for rule in rules.values()):
        return entry
    gone = retired()
    if entry in gone:
        into = gone[entry]
        notices.append(f"{entry} is retired; " + (f"it went into {into}" if into else "withdrawn"))
        return into
    names = {"family": {r.family for r in rules.values()},
             "framework": {f for r in rules.values() for f in r.meta.controls}}  # fmt: skip
    near = difflib.get_close_matches(name if colon else entry, names.get(kind, set(rules)), 1, 0)
    hint = f"; did you mean {kind + colon if colon else ''}{near[0]}?" if near else ""
    raise ConfigError(f"{entry} matches no rule{hint}")
