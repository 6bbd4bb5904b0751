"""Plain-text secrets: found by form, structure and name; described, never kept."""

from __future__ import annotations

from auditor.secrets.detector import Verdict, classify
from auditor.secrets.vendors import akia_account_id

__all__ = ["Verdict", "akia_account_id", "classify"]
