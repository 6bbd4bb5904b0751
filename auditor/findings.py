"""Findings and the report: frozen values, the only thing that formats see."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["critical", "high", "medium", "low", "info"]
Confidence = Literal["certain", "likely", "heuristic"]
Status = Literal["fail", "unknown", "waived", "pass"]
Cause = Literal["gap", "judgement", "error"]
Scalar = str | int | float | bool | None
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
WEIGHTS: dict[Severity, int] = {"critical": 10, "high": 5, "medium": 2, "low": 1, "info": 0}


class Context(msgspec.Struct, frozen=True):
    """What runs on a finding's resource: cluster and service ARNs, use, tags (harmless values)."""

    clusters: list[str] = []
    services: list[str] = []
    in_use: bool | None = None
    tags: dict[str, str] = {}


class WaiverUse(msgspec.Struct, frozen=True):
    """The waiver that covers a finding."""

    id: str
    reason: str
    owner: str
    expires: str


class Finding(msgspec.Struct, frozen=True):
    """One judged row; times are RFC 3339 UTC text, ``evidence`` holds scalars only."""

    id: str
    fingerprint: str
    rule: str
    title: str
    severity: Severity
    confidence: Confidence
    status: Status
    unknown_cause: Cause | None
    account: str
    region: str
    resource: str
    part: str | None
    reason: str
    evidence: dict[str, Scalar]
    context: Context
    first_seen: str
    new: bool
    waiver: WaiverUse | None

    def order(self) -> tuple[int, str, str, str, str, str, str]:
        """Sort key: severity, rule, account, region, resource, part, id."""
        rank = SEVERITIES.index(self.severity)
        return (rank, self.rule, self.account, self.region, self.resource, self.part or "", self.id)


class Counts(msgspec.Struct, frozen=True):
    """Rows of a rule by status."""

    fail: int = 0
    passed: int = msgspec.field(default=0, name="pass")
    skip: int = 0
    unknown: int = 0
    waived: int = 0


class RuleResult(msgspec.Struct, frozen=True):
    """A selected rule, what it says of itself, and how it ended."""

    id: str
    slug: str
    title: str
    family: str
    severity: Severity
    confidence: Confidence
    why: str
    fix: str
    controls: dict[str, list[str]]
    refs: list[str]
    reads: list[str]
    digest: str
    ran: bool
    not_run_reason: str | None
    counts: Counts
    sql: str = ""
    snippets: dict[str, str] = {}  # cli | terraform | cloudformation | iam -> text
    effort: str | None = None  # small | medium | large
    false_positives: str | None = None


class Coverage(msgspec.Struct, frozen=True):
    """How one call ended in one scope; ``resource`` only where the call reads one resource."""

    account: str
    region: str
    call: str
    resource: str | None
    status: str
    error: str | None
    tables: list[str]
    accepted: bool


class ScopeState(msgspec.Struct, frozen=True):
    """An account-region and how much of it was read: complete, partial, not_read."""

    account: str
    region: str
    status: str
    reason: str | None


class SnapshotInfo(msgspec.Struct, frozen=True):
    """The snapshot that was judged."""

    id: str
    started_at: str
    finished_at: str
    status: str
    digest: str
    partition: str
    accounts: list[str]
    regions: list[str]
    revisions: Literal["in-use", "all"]
    clusters: list[str] | None
    scopes: list[ScopeState] = []


class CheckInfo(msgspec.Struct, frozen=True):
    """When and how it was judged."""

    as_of: str
    fail_on: str
    baseline: str | None
    exit_code: int
    ruleset_digest: str
    tool_version: str


class WaiverState(msgspec.Struct, frozen=True):
    """A waiver or accepted gap and its state: active, expired, unused or unknown_rule."""

    id: str
    kind: Literal["waiver", "accepted_gap"]
    subject: str  # rules and resource, or the call
    reason: str
    owner: str
    expires: str
    days_left: int
    state: str
    covered: int  # findings or gaps it covers


class Change(msgspec.Struct, frozen=True):
    """A finding that changed since the previous audit."""

    kind: Literal["new", "fixed", "still_open", "reopened", "severity_changed", "not_re_evaluated"]
    fingerprint: str
    rule: str
    title: str
    severity: Severity
    account: str
    region: str
    resource: str
    part: str | None
    first_seen: str
    before: Severity | None = None  # where the severity changed


class AuditPoint(msgspec.Struct, frozen=True):
    """One audit of the trend: open findings by severity and the score (0-100, None unknown)."""

    snapshot_id: str
    as_of: str
    open: dict[Severity, int]
    score: float | None


class Headroom(msgspec.Struct, frozen=True):
    """ENI headroom of one container instance or subnet; ``limit`` None where not known."""

    account: str
    region: str
    kind: Literal["container-instance", "subnet"]
    resource: str
    label: str
    used: int
    limit: int | None
    trunk: bool | None = None


class RolePath(msgspec.Struct, frozen=True):
    """service -> task definition -> role -> risk, for a risky role."""

    account: str
    role: str
    role_kind: str  # task | execution | instance
    risk: str
    state: str  # certain | conditional
    services: list[str]
    task_definitions: list[str]
    evidence: str


class Inventory(msgspec.Struct, frozen=True):
    """Rows of one table in one scope."""

    account: str
    region: str
    table: str
    rows: int


class Document(msgspec.Struct, frozen=True):
    """What the cover and document control say; free text comes from the configuration."""

    title: str = "Amazon ECS security audit"
    organisation: str | None = None
    label: str | None = None
    author: str | None = None
    recipients: list[str] = []
    command: str | None = None  # command line, values redacted
    config_file: str | None = None
    config_digest: str | None = None
    timezone: str = "UTC"
    language: str = "en"
    page: Literal["A4", "Letter"] = "A4"
    pdf_max_per_rule: int = 100


class Report(msgspec.Struct, frozen=True):
    """Everything a format may show, in the order of Finding.order()."""

    document: Document
    snapshot: SnapshotInfo
    check: CheckInfo
    coverage: list[Coverage]
    rules: list[RuleResult]
    findings: list[Finding]  # fail, unknown, waived
    passes: list[Finding] | None = None
    waivers: list[WaiverState] = []
    previous: AuditPoint | None = None
    changes: list[Change] = []
    trend: list[AuditPoint] = []
    headroom: list[Headroom] = []
    role_paths: list[RolePath] = []
    inventory: list[Inventory] = []


def score(rules: list[RuleResult]) -> float | None:
    """Return 100 x the weighted share of passes over pass + fail + unknown, averaged per rule.

    Weights 10/5/2/1/0 by the rule's severity; waived rows count as failed for nobody and are left
    out; None where no rule with weight judged anything.
    """
    judged = [(WEIGHTS[r.severity], r.counts) for r in rules if r.ran]
    shares = [
        (weight, c.passed / (c.passed + c.fail + c.unknown))
        for weight, c in judged
        if weight and c.passed + c.fail + c.unknown
    ]
    total = sum(weight for weight, _ in shares)
    return 100 * sum(weight * share for weight, share in shares) / total if total else None
