"""Pages about rules in Markdown: what each looks for, why, the fix, its cases and its SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from auditor import output
from auditor.rules import Rule

GROUPS = {"bad": "Fails when", "good": "Passes when", "skip": "Does not apply when",
          "unknown": "Cannot say when"}  # fmt: skip


def written(rules: Iterable[Rule], folder: Path) -> Iterator[Path]:
    """Write a page of each rule and ``README.md``, their index; yield the files."""
    found = list(rules)
    pages = {f"{rule.id}.md": page(rule) for rule in found} | {"README.md": index(found)}
    for name, text in pages.items():
        yield output.written(folder / name, text)


def index(rules: Iterable[Rule]) -> str:
    """Return the table of all rules."""
    lines = ["# Rules", "", "| rule | severity | family | what it finds |", "|---|---|---|---|"]
    lines += [f"| [{r.id}]({r.id}.md) | {r.meta.severity} | {r.family} | {_plain(r.meta.title)} |"
              for r in rules]  # fmt: skip
    return "\n".join(lines) + "\n"


def page(rule: Rule) -> str:
    """Return one rule's page."""
    m = rule.meta
    parts = [
        f"# {rule.id} {rule.slug.replace('_', '-')}",
        f"{_plain(m.title)}.",
        f"Severity {m.severity}, confidence {m.confidence}, family {rule.family}.",
        f"## Why\n\n{_plain(m.why)}",
        f"## Fix\n\n{_plain(m.fix)}",
        *(f"```{_language(kind)}\n{text.strip()}\n```" for kind, text in m.snippets.items()),
        *([f"## False positives\n\n{_plain(m.false_positives)}"] if m.false_positives else []),
        *_cases(rule),
        f"## The query\n\n```sql\n{rule.sql}\n```",
        f"Reads {', '.join(f'`{name}`' for name in sorted(rule.reads))}.",
        *_lists(rule),
    ]
    return "\n\n".join(parts) + "\n"


def _language(kind: str) -> str:
    return {"cli": "sh", "terraform": "hcl", "cloudformation": "yaml", "iam": "json"}[kind]


def _cases(rule: Rule) -> Iterator[str]:
    path = rule.path.with_suffix(".cases.yaml")
    if path.exists():
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group, heading in GROUPS.items():
            if cases.get(group):
                titles = "\n".join(f"- {_plain(str(title))}" for title in cases[group])
                yield f"## {heading}\n\n{titles}"


def _lists(rule: Rule) -> Iterator[str]:
    m = rule.meta
    if m.thresholds:
        rows = (f"- `{n}` = {t.default:g} {t.unit}: {_plain(t.doc)}"
                for n, t in m.thresholds.items())  # fmt: skip
        yield "## Thresholds\n\n" + "\n".join(rows)
    if m.yields_to:
        yield f"Steps back where {', '.join(m.yields_to)} reports the same fault."
    if m.controls:
        rows = (f"- {framework}: {', '.join(ids)}" for framework, ids in m.controls.items())
        yield "## Controls\n\n" + "\n".join(rows)
    if m.refs:
        yield "## References\n\n" + "\n".join(f"- <{url}>" for url in m.refs)


def _plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    joined = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|" else c for c in joined)
