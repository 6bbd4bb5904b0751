"""Progress on a terminal; nothing anywhere else."""

from __future__ import annotations

import sys


class Bar:
    """A progress line on a terminal, nothing elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self.on = sys.stderr.isatty() and not quiet
        self.calls = 0

    def __call__(self, scope: str, call: str, number: int) -> None:
        """Count a call and show it now and then."""
        self.calls += number
        if self.on and self.calls % 5 == 0:
            sys.stderr.write(f"\r\033[K{self.calls} calls · {scope} · {call}")
            sys.stderr.flush()

    def rule(self, name: str) -> None:
        """Show which rule runs."""
        if self.on:
            sys.stderr.write(f"\r\033[Kchecking {name}")
            sys.stderr.flush()

    def done(self) -> None:
        """Clear the line."""
        if self.on:
            sys.stderr.write("\r\033[K")
