"""Where the shipped rules, templates and accounts are: in the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = {"demo": "fixtures/accounts/acme", "worlds": "fixtures/worlds"}


def builtin(name: str) -> Path:
    """Return the folder of ``rules``, ``reports``, ``demo`` or ``worlds``."""
    bundled = PACKAGE / "_bundled" / name
    return bundled if bundled.exists() else PACKAGE.parent / CHECKOUT.get(name, name)
