"""The snapshot file: written whole, bound read-only, queried. The only importer of duckdb."""

from __future__ import annotations

from auditor.snapshot.part import Header, Part
from auditor.snapshot.reader import QueryTimeout, Result, Snapshot

__all__ = ["Header", "Part", "QueryTimeout", "Result", "Snapshot"]
