"""Who a finding is about, and its stable names: account, region, identity, id, fingerprint."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

REVISION = re.compile(r"(:(?:daemon-)?task-definition/[^:]+):\d+\Z")
ACCOUNT = re.compile(r"\d{12}\Z")


class Place(NamedTuple):
    """Account and region of a row."""

    account: str
    region: str


def place(resource: str, account: str | None, region: str | None) -> Place:
    """Return the account and region of a resource; given columns fill what the ARN leaves out."""
    if resource.startswith("file:"):
        return Place("000000000000", "local")
    fields = resource.split(":", 5)
    if len(fields) != 6 or fields[0] != "arn":
        return Place(account or "000000000000", region or "global")
    named = fields[4] if ACCOUNT.match(fields[4]) else ""
    return Place(named or account or "000000000000", fields[3] or region or "global")


def identity(resource: str, given: str | None) -> str:
    """Return what survives replacement: the given identity, else the resource less revision."""
    return REVISION.sub(r"\1", given or resource)


def partition(resource: str, otherwise: str) -> str:
    """Return the partition that an ARN names; accounts of several may stand in one snapshot."""
    fields = resource.split(":", 2)
    return fields[1] if len(fields) == 3 and fields[0] == "arn" and fields[1] else otherwise


def fingerprint(rule: str, where: Place, who: str, part: str | None) -> str:
    """Return 32 hex digits that stay while the same fault stays on the same thing."""
    return _hashed("v1", rule, where, who, part)


def finding_id(rule: str, where: Place, resource: str, part: str | None) -> str:
    """Return 32 hex digits of this row of this run."""
    return _hashed("id1", rule, where, resource, part)


def _hashed(version: str, rule: str, where: Place, who: str, part: str | None) -> str:
    text = "\n".join((version, rule, where.account, where.region, who, part or ""))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
