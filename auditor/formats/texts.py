"""Fixed texts of the reports: one YAML file a language; English where a translation is missing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from string import Template
from typing import Any

import msgspec

from auditor.errors import RenderError
from auditor.resources import builtin


@lru_cache
def _language(name: str) -> dict[str, Any]:
    path = builtin("reports") / "default" / "texts" / f"{name}.yaml"
    if not path.exists():
        raise RenderError(f"There are no report texts in {name}; add {path.name} beside en.yaml.")
    found: dict[str, Any] = msgspec.yaml.decode(path.read_bytes())
    return found


def texts(language: str, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the texts of a language under a theme's labels; ``terms`` is a mapping of its own."""
    return {**_language("en"), **_language(language), **(labels or {})}


def fill(text: str, **values: object) -> str:
    """Put values in place of $names; a theme's label cannot reach anything else."""
    return Template(text).safe_substitute({k: str(v) for k, v in values.items()})
