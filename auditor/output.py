"""Results on stdout; a reader who has seen enough ends the printing, not the command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


def visible(text: str, kept: str = "") -> str:
    """Return a text without what a terminal would obey: account data may hold its commands."""
    return "".join(c if c.isprintable() or c in kept else "\ufffd" for c in text)


def say(result: str | bytes = "", *, end: bool = True, styled: bool = False) -> None:
    """Write a result to stdout; a closed pipe swallows it, so that the verdict still counts.

    A terminal gets visible characters alone; ``styled`` text was made so before it was coloured.
    """
    if isinstance(result, str) and not styled and sys.stdout.isatty():
        result = visible(result, "\n\t")
    try:
        click.echo(result, nl=end)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def streams() -> None:
    """Give closed standard streams to the null device, so that no file of ours takes their place.

    Call it before any file is opened.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("r+", encoding="utf-8"))  # noqa: SIM115
