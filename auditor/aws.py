"""Sessions and clients: who asks, where, and how patiently. The only way to AWS."""

from __future__ import annotations

import functools
import logging
import os
import random
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore.exceptions
import botocore.session
import msgspec
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
)

from auditor import notices
from auditor.collectors.client import call_client, shortened
from auditor.collectors.gaps import EXPIRED, THROTTLED
from auditor.collectors.references import split_arn
from auditor.collectors.run import GLOBAL, Account
from auditor.collectors.source import AnswerError, Stopped
from auditor.errors import CollectionError
from auditor.nearest import hint
from auditor.pacing import Pacer
from auditor.schema import Item, Scope

if TYPE_CHECKING:
    from auditor.collectors.base import Call

SESSION_NAME = "ecs-audit"
ATTEMPTS = 10  # requests a call; the SDK's default of 3 loses answers while AWS throttles
LONGEST_PAUSE = 20  # seconds before a throttled request is asked anew
REFUSED, UNREACHABLE = botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError
# What botocore raises while it looks for credentials: also what a credential process makes it.
LOST = (UNREACHABLE, RuntimeError, ValueError)
POOL = 48  # connections of a client: collectors at work times their workers, with room


class Login(msgspec.Struct, frozen=True):
    """How to reach AWS; credentials themselves are botocore's business."""

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    use_fips: bool = False
    use_dualstack: bool = False
    api_share: float = 0.5
    rate_scale: float = 1.0


class AwsSource:
    """Answers from AWS: one session an account, clients made when first needed."""

    def __init__(self, sessions: Mapping[str, boto3.Session], login: Login, pacer: Pacer) -> None:
        self.sessions, self.login, self.pacer = sessions, login, pacer
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()

    def call(self, scope: Scope, call: Call, params: Mapping[str, Any]) -> Item:
        """Ask AWS, anew where it throttles; raise AnswerError where it refuses."""
        client = self.client(scope, call.service)
        region = client.meta.region_name
        bucket = self.pacer.bucket(scope.account_id, region, call.service, call.operation)
        for attempt in range(1, _attempts()):
            try:
                return call_client(client, call, params)
            except AnswerError as error:
                if error.code not in THROTTLED or not bucket.ask_anew():
                    raise
            longest = min(2**attempt, LONGEST_PAUSE)
            if self.pacer.stop.wait(longest * random.random()):  # noqa: S311 - jitter, no secret
                raise Stopped
        return call_client(client, call, params)

    def client(self, scope: Scope, service: str) -> Any:
        """Return the client of a service in a scope, paced by the account's buckets."""
        key = (scope.account_id, scope.region, service)
        # Sessions are not thread-safe while they make a client.
        with self._lock:
            if key not in self._clients:
                session = self.sessions[scope.account_id]
                region = home_region(session, scope) if scope.region == GLOBAL else scope.region
                make: Any = session.client
                client = make(
                    service,
                    region_name=region,
                    endpoint_url=self.login.endpoint_url or None,
                    config=client_config(self.login),
                )
                self.pacer.install(client, scope.account_id)
                self._clients[key] = client
            return self._clients[key]


def client_config(login: Login) -> Config:
    """Return botocore's settings: patient standard retries below our own pacing.

    The SDKs' own variable AWS_MAX_ATTEMPTS is heeded. Raises CollectionError where it is no number.
    """
    return Config(
        retries={"mode": "standard", "total_max_attempts": _attempts()},
        max_pool_connections=POOL,
        connect_timeout=10,
        read_timeout=60,
        user_agent_extra="ecs-audit",
        use_fips_endpoint=login.use_fips,
        use_dualstack_endpoint=login.use_dualstack,
    )


def _attempts() -> int:
    given = os.environ.get("AWS_MAX_ATTEMPTS") or str(ATTEMPTS)
    if not given.isdecimal() or not int(given):
        raise CollectionError(f"AWS_MAX_ATTEMPTS is {given!r}; set a number from 1, or unset it.")
    return int(given)


def home_region(session: boto3.Session, scope: Scope) -> str:
    """Return a region of the partition to ask for global services."""
    named = session.region_name or session.get_available_regions("ecs", scope.partition)[0]
    return str(named)


def open_session(login: Login, region: str | None = None) -> boto3.Session:
    """Return a session with credentials; raise CollectionError where there are none.

    ``region`` is where to log in when neither the environment nor the profile names one.
    """
    try:
        session = boto3.Session(profile_name=login.profile or None)
        if region and not session.region_name:
            session = boto3.Session(profile_name=login.profile or None, region_name=region)
        if session.get_credentials() is None:
            raise CollectionError(
                "No AWS credentials were found; set AWS_PROFILE, run `aws sso login`, or give "
                "--profile (`ecs-audit demo` works without AWS)."
            )
    except botocore.exceptions.ProfileNotFound as error:
        raise CollectionError(f"{error}; `aws configure list-profiles` shows the names.") from None
    except LOST as error:
        raise CollectionError(_lost(error)) from None
    return session


def assumed(
    session: boto3.Session, login: Login, role_arn: str, external_id: str | None
) -> boto3.Session:
    """Return a session under a role, refreshed by botocore while it runs."""
    # It prints a trace of each refusal, which is told as a sentence of our own.
    logging.getLogger("botocore.credentials").setLevel(logging.CRITICAL)
    extra = {"RoleSessionName": SESSION_NAME}
    if external_id:
        extra["ExternalId"] = external_id
    # boto3 offers no public way to a refreshing assumed role; botocore's fetcher is what
    # profiles with role_arn use.
    base = session._session
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=functools.partial(_sts, session, login),
        source_credentials=session.get_credentials(),
        role_arn=role_arn,
        extra_args=extra,
    )
    inner: Any = botocore.session.Session()
    inner._credentials = DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    inner.register_component("data_loader", base.get_component("data_loader"))
    return boto3.Session(botocore_session=inner, region_name=session.region_name)


def _sts(session: boto3.Session, login: Login, *_: str, **keys: str) -> Any:
    """Return an STS client, also under the keys that botocore's fetcher hands over."""
    make: Any = session.client
    return make(
        "sts",
        region_name=session.region_name or "us-east-1",
        endpoint_url=login.endpoint_url or None,
        config=client_config(login),
        **keys,
    )


def identity(session: boto3.Session, login: Login) -> tuple[str, str]:
    """Return (account id, partition) of a session; raise CollectionError where AWS refuses."""
    try:
        answer = _sts(session, login).get_caller_identity()
    except REFUSED as error:
        raise CollectionError(_refusal(error)) from None
    except LOST as error:
        raise CollectionError(_lost(error)) from None
    arn = split_arn(answer["Arn"])
    return answer["Account"], arn.partition if arn else "aws"


def _lost(error: Exception) -> str:
    """Return why there are no credentials to ask with, and what helps, in one sentence."""
    if isinstance(error, botocore.exceptions.ConnectionError | botocore.exceptions.HTTPClientError):
        return f"{shortened(str(error))} Check the endpoint, the network and any proxy."
    if isinstance(error, RuntimeError):  # botocore's own, of what it was given to refresh with
        return "The AWS credentials have expired; log in again, or set this machine's clock."
    if isinstance(error, ValueError):
        return "AWS credentials could not be loaded: the credential process printed no JSON."
    return f"AWS credentials could not be loaded: {shortened(str(error)).rstrip(' .:')}."


def _refusal(error: Exception) -> str:
    """Return why a login failed and what helps, in one sentence."""
    said = getattr(error, "response", {}).get("Error", {})
    if said.get("Code") in EXPIRED:
        return "The AWS session has expired; log in again (`aws sso login`) or renew the keys."
    reason = shortened(f"{said.get('Code')}: {said.get('Message')}")
    return f"AWS does not accept these credentials ({reason})."


def regions_of(
    session: boto3.Session, login: Login, wanted: Sequence[str], everywhere: bool
) -> tuple[str, ...]:
    """Return the regions to read: those wanted, all enabled ones, or the session's own."""
    if not everywhere and wanted:
        _warn_of_unknown(session, wanted)
        return tuple(dict.fromkeys(wanted))
    if not everywhere and session.region_name:
        return (session.region_name,)
    if not everywhere:
        raise CollectionError(
            "No region is set; give --region (repeatable), --all-regions, or set AWS_REGION."
        )
    client = session.client(
        "ec2",
        region_name=session.region_name or "us-east-1",
        endpoint_url=login.endpoint_url or None,
        config=client_config(login),
    )
    try:
        answer = client.describe_regions()
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise CollectionError(
            f"The regions could not be listed: {error}. Name them with --region."
        ) from None
    return tuple(sorted(region["RegionName"] for region in answer["Regions"]))


def _warn_of_unknown(session: boto3.Session, wanted: Sequence[str]) -> None:
    """Say which regions botocore does not know: a slip, or younger than the installed botocore."""
    partitions = session.get_available_partitions()
    known = {r for p in partitions for r in session.get_available_regions("ecs", p)}
    for name in wanted:
        if name not in known:
            notices.warn(f"{name} is no region that the installed botocore knows"
                         f"{hint(name, known)}")  # fmt: skip


class Logged(NamedTuple):
    """An account that accepted the login."""

    account: str
    partition: str
    session: boto3.Session


def logins(
    login: Login, roles: Sequence[tuple[str, str, str | None]], region: str | None = None
) -> tuple[list[Logged], list[str]]:
    """Log in to every account: the caller's own, or one role each.

    ``roles`` holds (account id, role ARN, external id). Returns who accepted, and a sentence for
    each that did not; raises CollectionError without credentials or where the only account refuses.
    """
    base = open_session(login, region)
    if login.role_arn:
        base = assumed(base, login, login.role_arn, login.external_id)
    if not roles:
        return [Logged(*identity(base, login), base)], []
    found: list[Logged] = []
    refused: list[str] = []
    for name, arn, external in roles:
        session = assumed(base, login, arn, external)
        try:
            found.append(Logged(*identity(session, login), session))
        except CollectionError as error:
            refused.append(f"{name}: {error}")
    return found, refused


def connect(
    login: Login,
    roles: Sequence[tuple[str, str, str | None]],
    regions: Sequence[str],
    everywhere: bool,
    stop: threading.Event,
) -> tuple[AwsSource, list[Account], list[str]]:
    """Return the source, the accounts with their regions, and a sentence for each refusal.

    Raises CollectionError when no account can be read.
    """
    found, refused = logins(login, roles, next(iter(regions), None))
    accounts: list[Account] = []
    for one in found:
        try:
            named = regions_of(one.session, login, regions, everywhere)
        except CollectionError as error:
            if not roles:
                raise
            refused.append(f"{one.account}: {error}")
            continue
        accounts.append(Account(one.account, one.partition, named))
    if not accounts:
        raise CollectionError(f"No account could be read. {' '.join(refused)}")
    sessions = {one.account: one.session for one in found}
    pacer = Pacer(stop, login.api_share, login.rate_scale)
    return AwsSource(sessions, login, pacer), accounts, refused
