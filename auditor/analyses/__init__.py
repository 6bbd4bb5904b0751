"""Tables made from tables: what follows from the collected facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.analyses import iam

__all__ = ["iam"]


def __getattr__(name: str) -> Any:
    """Load the judgement of IAM when it is first asked for."""
    import importlib

    if name == "iam":
        return importlib.import_module("auditor.analyses.iam")
    raise AttributeError(f"module 'auditor.analyses' has no attribute {name!r}")
