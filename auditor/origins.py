"""Where answers come from: AWS under a login, or a recording; and what a run records of them."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor import config, notices
from auditor.errors import ConfigError

if TYPE_CHECKING:
    from auditor.aws import Login
    from auditor.collection import Origin
    from auditor.collectors.reader import Options
    from auditor.collectors.record import RecordingSource

Given = dict[str, Any]
ROLE = r"arn:[a-z-]+:iam::[0-9]{12}:role/.+"


def login(settings: config.Settings, given: Given) -> Login:
    """Return how to reach AWS: options over environment over the file."""
    from auditor.aws import Login

    aws = settings.aws
    endpoint = given.get("endpoint_url") or aws.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint and not re.match(r"https?://[^/]", endpoint):
        raise ConfigError(f"--endpoint-url {endpoint} is no address such as http://127.0.0.1:5000")
    if endpoint and "@" in endpoint.split("/")[2]:
        raise ConfigError("--endpoint-url holds a login, which AWS does not take; leave it out")
    role = given.get("role_arn") or aws.role_arn
    if role and not re.fullmatch(ROLE, role):
        raise ConfigError(f"--role-arn {role} is no role such as arn:aws:iam::111122223333:role/x")
    return Login(
        profile=given.get("profile") or aws.profile,
        role_arn=role,
        endpoint_url=endpoint,
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
    from auditor.collection import Origin

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
    from auditor.collection import Origin
    from auditor.collectors.recording import read
    from auditor.collectors.replay import ReplaySource

    found = read(folder)
    at = found.manifest.recorded_at.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)
    masked = found.manifest.values == "masked"
    # Raw fixtures hold made-up values: their fingerprints may be the same everywhere.
    key = hashlib.sha256(b"ecs-audit fixture key").digest()
    return Origin(ReplaySource(found), found.accounts, at, found.digest[:8], key,
                  found.manifest.key_id, masked, found.manifest.scope)  # fmt: skip


def options(settings: config.Settings, given: Given) -> Options:
    """Return what the collection covers."""
    from auditor.collectors.reader import Options

    services = _services(settings, given)
    return Options(
        all_revisions=bool(given.get("all_revisions")) or settings.scope.revisions == "all",
        clusters=tuple(given.get("clusters") or settings.scope.clusters),
        tags=_tags(given.get("tags") or ()) or settings.scope.tags,
        exclude_tags=settings.scope.exclude_tags,
        services=frozenset(services) if services else None,
    )


def within(asked: Options, source: Origin) -> Options:
    """Return what is asked of a source: of a recording what it covers, unless told otherwise.

    What lies outside of it would be a gap, and was never asked for.
    """
    import msgspec

    covered = source.covered
    if covered is None:
        return asked
    services = asked.services
    if covered.services is not None:
        recorded = frozenset(covered.services)
        services = recorded if services is None else recorded & services
    return msgspec.structs.replace(
        asked,
        all_revisions=asked.all_revisions or covered.revisions == "all",
        clusters=asked.clusters or tuple(covered.clusters or ()),
        services=services,
    )


def _tags(texts: Iterable[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise ConfigError(f"--tag {text} is not KEY=VALUE")
        found[key] = value
    return found


def _services(settings: config.Settings, given: Given) -> list[str]:
    """Return the AWS services to ask, none for all; raise ConfigError for one never asked."""
    from auditor.collectors import collectors
    from auditor.nearest import hint

    text = given.get("services")
    named = [s.strip() for s in text.split(",")] if text else settings.scope.services
    known = {call.service for c in collectors().values() for call in c.calls}
    for name in named:
        if name not in known:
            asked = ", ".join(sorted(known))
            raise ConfigError(f"--services {name} is not asked{hint(name, known)} ({asked})")
    return named


def recorder(source: Origin, given: Given) -> RecordingSource | None:
    """Return the source that ``--record`` puts before the origin's, or None."""
    if not given.get("record"):
        return None
    from auditor.collectors.record import RecordingSource
    from auditor.secrets.keys import installation_key
    from auditor.secrets.masking import Masker

    key = source.key or installation_key()
    masker = Masker(key, accept_masked=source.accept_masked)
    return RecordingSource(source.source, Path(given["record"]), masker)


def manifest(source: Origin, asked: Options) -> dict[str, Any]:
    """Return the head of a masked recording of what was asked."""
    from auditor import __version__
    from auditor.collection import now
    from auditor.secrets.keys import installation_key, key_id

    at = (source.at or now()).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "recorded_at": at, "tool_version": __version__, "values": "masked",
        "partition": next((a.partition for a in source.accounts), "aws"),
        "key_id": source.key_id or key_id(source.key or installation_key()),
        "scope": {"revisions": "all" if asked.all_revisions else "in-use",
                  "clusters": list(asked.clusters) or None,
                  "services": None if asked.services is None else sorted(asked.services)},
        "scopes": [{"account": a.account_id, "regions": list(a.regions)} for a in source.accounts],
    }  # fmt: skip
