"""Files under way: an interrupt removes them, since it ends the process without unwinding."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

_under_way: set[Path] = set()


@contextlib.contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """Remove the file afterwards, if it is still there, however the block ends."""
    _under_way.add(path)
    try:
        yield path
    finally:
        _remove(path)
        _under_way.discard(path)


def remove() -> None:
    """Remove every file under way; for the handler of a signal."""
    for path in tuple(_under_way):
        _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
