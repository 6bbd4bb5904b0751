"""All declared tables and views: collected, analysed and shipped, found by folder."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterable
from typing import TYPE_CHECKING

from auditor.schema import Table

if TYPE_CHECKING:
    from auditor.analyses.base import Analysis
    from auditor.snapshot.views import View

BOOKKEEPING = frozenset("audit thresholds collection_calls collection_gaps snapshot_scopes".split())


@functools.cache
def tables() -> dict[str, Table]:
    """Return every declared table by name; one name is declared once."""
    from auditor.collectors import collectors
    from auditor.data import static_tables

    found: dict[str, Table] = {}
    declared = [t for c in collectors().values() for t in c.tables]
    declared += [t for a in analyses() for t in a.tables]
    for table in (*declared, *static_tables()):
        if found.setdefault(table.name, table) is not table:
            raise ValueError(f"table {table.name} is declared twice")
    return dict(sorted(found.items()))


@functools.cache
def analyses() -> tuple[Analysis, ...]:
    """Return the analyses in the order in which their inputs are ready."""
    from auditor import analyses as folder

    found: list[Analysis] = []
    for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{folder.__name__}.{module.name}")
        analysis = getattr(loaded, "ANALYSIS", None)
        if analysis is not None:
            found.append(analysis)
    return tuple(sorted(found, key=lambda a: a.rank))


@functools.cache
def views() -> dict[str, View]:
    """Return every declared view by name."""
    from auditor.snapshot.views import load_views

    return {view.name: view for view in load_views(tables())}


@functools.cache
def readable() -> frozenset[str]:
    """Return every name that a rule may read."""
    return frozenset(tables()) | frozenset(views()) | BOOKKEEPING


def widened(names: Iterable[str]) -> tuple[str, ...]:
    """Return the tables and all that cannot be filled without them, in name order."""
    return tuple(sorted({name for table in names for name in dependents(table)}))


@functools.cache
def dependents(name: str) -> frozenset[str]:
    """Return the tables that cannot be filled without the named one, itself included."""
    from auditor.collectors import collectors

    found = {name}
    while True:
        grown = set(found)
        for collector in collectors().values():
            if found & set(collector.needs):
                grown |= {t.name for t in collector.tables if t.name != "tags"}
        for analysis in analyses():
            grown |= {t.name for t in analysis.tables if found & set(t.reads)}
        if grown == found:
            return frozenset(found)
        found = grown
