"""ecs-audit: snapshot Amazon ECS into DuckDB, judge it with SQL, report.

``import auditor`` is cheap; each function loads what it needs when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from auditor.api import check, collect, open, report

__all__ = ["__version__", "check", "collect", "open", "report"]


def __getattr__(name: str) -> Any:
    """Load the library's verbs and sub-packages when they are first asked for."""
    import importlib

    if name in ("check", "collect", "open", "report"):
        return getattr(importlib.import_module("auditor.api"), name)
    if name in ("analyses", "secrets", "snapshot", "catalog"):
        return importlib.import_module(f"auditor.{name}")
    raise AttributeError(f"module 'auditor' has no attribute {name!r}")
