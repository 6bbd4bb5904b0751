"""Python's search for reference cycles: rare in a command, paused where it finds none."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

# Python's own 700 suits a server; a command lives for seconds: a twelfth of an audit went there.
NEW_OBJECTS = 50_000


def rarer() -> None:
    """Search after many more new objects than Python would; for a process that ends soon."""
    gc.set_threshold(NEW_OBJECTS)


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Pause the search: new rows and boxes make no cycles, and a tenth to a fifth goes there."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
