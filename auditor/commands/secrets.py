"""``ecs-audit secrets``: look for secrets in files."""

from __future__ import annotations

from typing import Any

import click

from auditor.commands.settings import text_of
from auditor.options import Group, options
from auditor.output import say


@click.group(cls=Group)
def secrets() -> None:
    """Look for secrets in files."""


@secrets.command("scan")
@click.argument("path")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@options("fail_on")
def scan(**given: Any) -> int:
    """Scan a task definition, .env or JSON-lines file (``-`` reads stdin)."""
    from auditor.secrets.scan import reaches, render_json, render_text, scan_text

    hits = scan_text(text_of(given["path"]), given["path"])
    say(render_json(hits) if given["form"] == "json" else render_text(hits), end=False)
    return int(any(reaches(hit, given["fail_on"] or "high") for hit in hits))
