"""Where answers come from: AWS under a login, or a recording; and what a run records of them."""

from __future__ import annotations

import datetime
import hashlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import config, notices

if TYPE_CHECKING:
    from auditor.aws import Login
    from auditor.collect import Origin
    from auditor.collectors.reader import Options
    from auditor.collectors.record import RecordingSource

Given = dict[str, Any]


def login(settings: config.Settings, given: Given) -> Login:
    """Return how to reach AWS: options over environment over the file."""
    from auditor.aws import Login

    aws = settings.aws
    return Login(
        profile=given.get("profile") or aws.profile,
        role_arn=given.get("role_arn") or aws.role_arn,
        endpoint_url=given.get("endpoint_url")
        or aws.endpoint_url
        or os.environ.get("AWS_ENDPOINT_URL"),
        use_fips=aws.use_fips,
        use_dualstack=aws.use_dualstack,
        api_share=given.get("api_share") or aws.api_share,
        rate_scale=given.get("rate_scale") or aws.rate_scale,
    )


def roles(settings: config.Settings) -> list[tuple[str, str, str | None]]:
    """Return (account id, role ARN, external id) of the accounts that the file names."""
    return [
        (a.id, a.role_arn, os.environ.get(a.external_id_env) if a.external_id_env else None)
        for a in settings.aws.accounts
    ]


def origin(settings: config.Settings, given: Given, stop: threading.Event) -> Origin:
    """Log in to AWS, or open the recording that ``--from`` names."""
    from auditor.collect import Origin

    if given.get("from_"):
        return _replayed(Path(given["from_"]))
    from auditor.aws import connect

    wanted = settings.scope.regions
    everywhere = bool(given.get("all_regions")) or wanted == "all"
    named = list(given.get("regions") or (wanted if isinstance(wanted, list) else []))
    source, accounts, refused = connect(
        login(settings, given), roles(settings), named, everywhere, stop
    )
    for sentence in refused:
        notices.warn(f"not read: {sentence}")
    return Origin(source, accounts)


def _replayed(folder: Path) -> Origin:
    from auditor.collect import Origin
    from auditor.collectors.recording import read
    from auditor.collectors.replay import ReplaySource

    found = read(folder)
    at = found.manifest.recorded_at.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)
    masked = found.manifest.values == "masked"
    # Raw fixtures hold made-up values: their fingerprints may be the same everywhere.
    key = hashlib.sha256(b"ecs-audit fixture key").digest()
    return Origin(ReplaySource(found), found.accounts, at, found.digest[:8], key,
                  found.manifest.key_id, masked)  # fmt: skip


def options(settings: config.Settings, given: Given) -> Options:
    """Return what the collection covers."""
    from auditor.collectors.reader import Options

    services = given.get("services")
    return Options(
        all_revisions=bool(given.get("all_revisions")) or settings.scope.revisions == "all",
        clusters=tuple(given.get("clusters") or settings.scope.clusters),
        exclude_tags=settings.scope.exclude_tags,
        services=frozenset(services.split(",")) if services else None,
    )


def recorder(source: Origin, given: Given) -> RecordingSource | None:
    """Return the source that ``--record`` puts before the origin's, or None."""
    if not given.get("record"):
        return None
    from auditor.collectors.record import RecordingSource
    from auditor.secrets.keys import installation_key
    from auditor.secrets.masking import Masker

    key = source.key or installation_key()
    return RecordingSource(source.source, Path(given["record"]), Masker(key))


def manifest(source: Origin, given: Given) -> dict[str, Any]:
    """Return the head of a masked recording."""
    from auditor import __version__
    from auditor.collect import now
    from auditor.secrets.keys import installation_key, key_id

    at = (source.at or now()).strftime("%Y-%m-%dT%H:%M:%SZ")
    revisions = "all" if given.get("all_revisions") else "in-use"
    services = given["services"].split(",") if given.get("services") else None
    return {
        "recorded_at": at, "tool_version": __version__, "values": "masked",
        "partition": next((a.partition for a in source.accounts), "aws"),
        "key_id": key_id(source.key or installation_key()),
        "scope": {"revisions": revisions, "clusters": list(given.get("clusters") or ()) or None,
                  "services": services},
        "scopes": [{"account": a.account_id, "regions": list(a.regions)} for a in source.accounts],
    }  # fmt: skip
