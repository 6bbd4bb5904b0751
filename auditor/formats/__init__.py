"""Report formats: one module each with ``FILE`` and ``write(report, stream)``; found by folder."""

from __future__ import annotations

import importlib
import os
import pkgutil
from pathlib import Path
from typing import Any

from auditor import leftovers
from auditor.errors import ConfigError, RenderError
from auditor.findings import Report

HELPERS = frozenset("filters fonts indented island printing summary svg texts theme view".split())


def names() -> list[str]:
    """Return the formats that can be asked for."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in HELPERS)


def load(name: str) -> Any:
    """Return a format's module; raise ConfigError for an unknown one."""
    if name not in names():
        raise ConfigError(f"--format {name} is unknown; choose from {', '.join(names())}")
    return importlib.import_module(f"auditor.formats.{name}")


def write(name: str, report: Report, out: Path, **theme: Any) -> Path:
    """Write one format into a folder as a new file that takes the old one's place."""
    module = load(name)
    target: Path = out / module.FILE
    extra = theme if name in ("html", "pdf") else {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        with leftovers.temporary(out / f".{module.FILE}.{os.getpid()}.tmp") as whole:
            handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as stream:
                module.write(report, stream, **extra)
            whole.replace(target)
    except OSError as error:
        raise RenderError(f"{target} cannot be written: {error.strerror or error}.") from None
    return target
