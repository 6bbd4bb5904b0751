"""``ecs-audit rules``: list, show, test, begin and document rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.commands.settings import chosen_rules, every_rule, settings_of
from auditor.errors import UsageError
from auditor.options import Group, options
from auditor.output import say
from auditor.tables import show


@click.group(cls=Group)
def rules() -> None:
    """List, show, test, begin and document rules."""


@rules.command("list")
@options("config", "select", "ignore", "rules")
def list_(**given: Any) -> None:
    """List the rules."""
    found = chosen_rules(settings_of(given)[0], given).values()
    names = ["id", "severity", "confidence", "family", "title"]
    show(names, [[r.id, r.meta.severity, r.meta.confidence, r.family, r.meta.title] for r in found])


@rules.command("show")
@options("config", "rules")
@click.argument("rule")
def show_(**given: Any) -> None:
    """Show one rule: its header and its SQL."""
    from auditor.nearest import hint

    found = every_rule(settings_of(given)[0], given)
    if given["rule"] not in found:
        near = hint(given["rule"], found) or "."
        raise UsageError(f"{given['rule']} is no rule{near} `ecs-audit rules list` names them.")
    say(found[given["rule"]].path.read_text(encoding="utf-8"), end=False)


@rules.command("test")
@options("select")
@click.argument("folder", required=False)
@click.option("--cases", help="Folder of further case files for known rules.")
@click.option("--tokens", is_flag=True, help="List the names of @token:NAME@.")
def test(**given: Any) -> int:
    """Run every case of the rules; end with 1 where one fails."""
    if given["tokens"]:
        from auditor.casebench.tokens import MADE

        say("\n".join(sorted(MADE)))
        return 0
    from auditor.casebench.bench import run_cases
    from auditor.notices import warn

    wanted = tuple(e for text in given["select"] for e in text.split(","))
    results = list(run_cases(given["folder"], given["cases"], wanted))
    if not results:
        raise UsageError("There is no case to run; name a folder of rules with cases beside them.")
    for doubt in (doubt for r in results for doubt in r.doubts):
        warn(doubt)
    failed = [r for r in results if r.fault]
    for r in failed:
        say(f"FAIL {r.rule} {r.group}: {r.title}: {r.fault}")
    say(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return int(bool(failed))


@rules.command("new")
@click.argument("rule")
@click.argument("folder", default="rules")
def new(rule: str, folder: str, **_: Any) -> None:
    """Begin a rule: RULE is ID_slug, such as ACM001_my_rule."""
    from auditor.casebench.template import begun

    for path in begun(rule, Path(folder)):
        say(str(path))


@rules.command("docs")
@options("config", "select", "ignore", "rules", "out")
@click.argument("folder", required=False)
def docs(**given: Any) -> None:
    """Write a Markdown page of each rule, of FOLDER's alone if it is named, and an index."""
    from auditor.rulepages import written

    own = Path(given["folder"]) if given["folder"] else None
    if own:
        given["rule_folders"] = (*given["rule_folders"], str(own))
    chosen = chosen_rules(settings_of(given)[0], given).values()
    wanted = [r for r in chosen if own is None or r.path.is_relative_to(own)]
    for path in written(wanted, Path(given["out"] or "rule-docs")):
        say(str(path))
