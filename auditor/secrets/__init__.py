"""Plain-text secrets: found by form, structure and name; described, never kept."""

from __future__ import annotations

from auditor.secrets.detector import Verdict, classify, scan_command
from auditor.secrets.keys import fingerprint, installation_key
from auditor.secrets.storage import keepable
from auditor.secrets.userdata import Part, split_user_data
from auditor.secrets.vendors import akia_account_id

__all__ = [
    "Part",
    "Verdict",
    "akia_account_id",
    "classify",
    "fingerprint",
    "installation_key",
    "keepable",
    "scan_command",
    "split_user_data",
]
