"""Numbers that AWS writes as text, and text that it writes as numbers."""

from __future__ import annotations

import re
from typing import Any

from auditor.schema import Item

AMOUNT = re.compile(r"\s*(\d*\.?\d+)\s*([a-z]*)\s*", re.IGNORECASE)


def number(field: str, unit: str) -> Any:
    """Return a column source for text such as "256", or "1 vCPU", ".5 vcpu" and "2GB" in files."""

    def convert(item: Item) -> int | None:
        said = item.get(field)
        found = AMOUNT.fullmatch(str(said)) if isinstance(said, str | int) else None
        if not found or found[2].lower() not in ("", unit):
            return None
        return round(float(found[1]) * (1024 if found[2] else 1))

    return convert


def written(field: str) -> Any:
    """Return a column source: what the API writes as text, and some files as a number."""

    def convert(item: Item) -> Any:
        said = item.get(field)
        return str(said) if isinstance(said, int) and not isinstance(said, bool) else said

    return convert
