"""Collectors: one module a resource, found by folder."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from auditor.collectors.base import Collector


@functools.cache
def collectors() -> dict[str, Collector]:
    """Return every collector by module name, in name order."""
    found: dict[str, Collector] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        collector = getattr(importlib.import_module(f"{__name__}.{module.name}"), "COLLECTOR", None)
        if collector is not None:
            found[module.name] = collector
    return found
