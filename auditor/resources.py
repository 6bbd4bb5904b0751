"""Where the shipped rules, templates and accounts are: in the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
# What WeasyPrint loads and no wheel holds.
PANGO = ("apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0, "
         "or brew install pango")  # fmt: skip
CHECKOUT = {"demo": "fixtures/accounts/acme", "worlds": "fixtures/worlds"}


def builtin(name: str) -> Path:
    """Return the folder of ``rules``, ``reports``, ``demo`` or ``worlds``."""
    bundled = PACKAGE / "_bundled" / name
    return bundled if bundled.exists() else PACKAGE.parent / CHECKOUT.get(name, name)
