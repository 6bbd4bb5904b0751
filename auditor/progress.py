"""Progress bars on a terminal; nothing anywhere else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class Bar:
    """Bars on stderr: one for each scope that is read, one for rules, one for formats.

    Use as a context manager, so that the cursor comes back whatever happens.
    """

    def __init__(self, quiet: bool) -> None:
        self.on = sys.stderr.isatty() and not quiet
        self._lock = threading.Lock()
        self._tasks: dict[str, Any] = {}
        self._bars: Any = _bars() if self.on else None

    def __enter__(self) -> Bar:
        """Begin to draw."""
        if self.on:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bars away."""
        if self.on:
            self._bars.stop()

    def __call__(self, scope: str, call: str, number: int) -> None:
        """Count calls of a scope; the bar names the throttle group that was asked last."""
        if self.on:
            from auditor.pacing import group

            service, _, operation = call.partition(":")
            self._advance(scope, number, f"{service} {group(service, operation)}", None)

    def _advance(self, title: str, number: int, now: str, total: int | None) -> None:
        with self._lock:
            if title not in self._tasks:
                self._tasks[title] = self._bars.add_task(title, total=total, now="")
            self._bars.update(self._tasks[title], advance=number, now=now)

    def each(self, title: str, items: Iterable[T]) -> Iterator[T]:
        """Yield the items, the bar one step further for each."""
        found = list(items)
        for item in found:
            if self.on:
                self._advance(title, 0, str(item), len(found))
            yield item
            if self.on:
                self._advance(title, 1, str(item), len(found))

    def rules(self, total: int) -> Any:
        """Return a function that counts one more of ``total`` rules."""
        return lambda name: self._advance("checking rules", 1, name, total) if self.on else None


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    done = TextColumn("{task.completed:.0f}")
    return Progress(TextColumn("{task.description}"), BarColumn(24), done, TimeElapsedColumn(),
                    TextColumn("{task.fields[now]}"), console=Console(stderr=True),
                    transient=True)  # fmt: skip
