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


def written(path: Path, text: str) -> Path:
    """Write a text file whole, in place of an older one; make its folder. Raises WorkError."""
    from auditor import leftovers
    from auditor.errors import WorkError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with leftovers.temporary(path.with_name(f".{path.name}.{os.getpid()}.tmp")) as whole:
            handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            whole.replace(path)
    except OSError as error:
        raise WorkError(f"{path} cannot be written: {error.strerror}.") from None
    return path
