"""Collect a snapshot: from AWS or a recording, into a part file, merged at the end."""

from __future__ import annotations

import datetime
import secrets
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from auditor import __version__, catalog, notices
from auditor.collectors import collectors
from auditor.collectors.facts import Facts
from auditor.collectors.reader import Options, Shared
from auditor.collectors.run import Account, run
from auditor.collectors.source import Source
from auditor.errors import CollectionError
from auditor.findings import ScopeState
from auditor.identity import Place
from auditor.secrets.keys import VARIABLE, installation_key, key_id
from auditor.secrets.masking import Masker
from auditor.snapshot import Header, Part
from auditor.snapshot.merge import merge
from auditor.verdicts import Missing
from auditor.waivers import Waivers

if TYPE_CHECKING:
    from auditor.collectors.gaps import Gap
    from auditor.collectors.recording import Covered

Progress = Callable[[str, str, int], None]
NO_WAIVERS = Waivers()
OTHER_KEY = (
    "the fingerprint key is not that of the last snapshot: a secret in older revisions cannot be "
    f"told from the same one read now; keep the key's file, or set {VARIABLE}."
)


class Origin(msgspec.Struct, frozen=True):
    """Where a collection reads: a source, the accounts, and what a recording fixes."""

    source: Source
    accounts: Sequence[Account]
    at: datetime.datetime | None = None  # a recording's time; None = now
    nonce: str | None = None  # 8 hex of a recording's content; None = random
    key: bytes | None = None
    key_id: str | None = None
    accept_masked: bool = False
    covered: Covered | None = None


def now() -> datetime.datetime:
    """Return the time as stored: UTC without zone, whole seconds."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)


def collect(
    db: Path,
    origin: Origin,
    options: Options,
    stop: threading.Event,
    progress: Progress | None = None,
    waivers: Waivers = NO_WAIVERS,
) -> tuple[str, list[ScopeState]]:
    """Read every scope and store one snapshot; return its id and how much was read.

    A scope is complete where each of its gaps is accepted in ``waivers`` at the end.
    Raises CollectionError where no scope could be read (the snapshot is stored as failed), and
    Stopped when ``stop`` is set; what was read until then stays for the next run.
    """
    started = origin.at or now()
    nonce = origin.nonce or secrets.token_hex(4)
    key = origin.key or installation_key()
    header = Header(
        snapshot_id=f"{started:%Y%m%dT%H%M%SZ}-{nonce}",
        started_at=started,
        tool_version=__version__,
        options=_options(origin, options),
        key_id=origin.key_id or key_id(key),
    )
    part = Part.create(db.resolve(), header)
    try:
        masker = Masker(key, accept_masked=origin.accept_masked)
        known = frozenset() if origin.at else part.known_revisions()
        if not origin.at and part.changed_key():
            notices.warn(OTHER_KEY)
        shared = shared_state(origin.source, options, masker, stop, known, part, progress)
        shared = msgspec.structs.replace(
            shared, accepts=lambda gap: waivers.accepts(missing(gap), (origin.at or now()).date())
        )
        states = run(origin.accounts, shared, part)
    except BaseException:
        part.close()
        raise
    read = [state for state in states if state.status != "not_read"]
    status = "failed"
    if any(state.region != "global" for state in read) or (read and len(states) == len(read)):
        status = "complete" if all(s.status == "complete" for s in states) else "partial"
    merge(part, origin.at or now(), status, catalog.analyses())
    if status == "failed":
        reasons = "; ".join(f"{s.account} {s.region}: {s.reason}" for s in states if s.reason)
        raise CollectionError(f"No region could be read. {reasons}")
    return header.snapshot_id, states


def missing(gap: Gap) -> Missing:
    """Return a gap as verdicts and waivers see it."""
    place = Place(gap.account_id, gap.region)
    return Missing(place, gap.call, gap.resource, gap.status, gap.code, frozenset(gap.tables))


def shared_state(
    source: Source,
    options: Options,
    masker: Masker,
    stop: threading.Event,
    known: frozenset[str] = frozenset(),
    part: Part | None = None,
    progress: Progress | None = None,
) -> Shared:
    """Return what all readers of a run have in common."""
    wanted = {name for c in collectors().values() for name in (*c.needs, *c.after)}
    extra: dict[str, Any] = {"progress": progress} if progress else {}
    if part is not None:
        extra["recall"] = part.recall
    return Shared(
        source=source,
        facts=Facts(frozenset(wanted)),
        tables=catalog.tables(),
        masker=masker,
        options=options,
        stop=stop,
        known_revisions=known,
        widened=catalog.widened,
        **extra,
    )


def _options(origin: Origin, options: Options) -> dict[str, Any]:
    return {
        "partition": next((a.partition for a in origin.accounts), "aws"),
        "revisions": "all" if options.all_revisions else "in-use",
        "clusters": list(options.clusters) or None,
        "tags": options.tags or None,
        "exclude_tags": options.exclude_tags or None,
        "services": sorted(options.services) if options.services is not None else None,
    }
