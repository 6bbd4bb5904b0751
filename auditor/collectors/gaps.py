"""How a call ended: the status of an AWS error, and one gap where all calls ended alike."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

DENIED = frozenset(
    """AccessDenied AccessDeniedException UnauthorizedOperation AuthorizationError
    AuthorizationErrorException AuthFailure NotAuthorized UnauthorizedException Forbidden 403
    KMSAccessDeniedException""".split()
)
THROTTLED = frozenset(
    """Throttling ThrottlingException ThrottledException RequestThrottled SlowDown
    RequestThrottledException RequestLimitExceeded TooManyRequestsException
    BandwidthLimitExceeded ProvisionedThroughputExceededException EC2ThrottledException
    LimitExceededException PriorRequestNotComplete""".split()
)
UNSUPPORTED = frozenset(
    """UnknownOperationException InvalidAction UnsupportedOperation UnsupportedFeatureException
    NotImplemented OperationNotSupported UnsupportedOperationException 501 InvalidRequestAction
    """.split()
)
DISABLED = frozenset(
    "OptInRequired RegionDisabledException UnrecognizedClientException InvalidClientTokenId".split()
)
EXPIRED = frozenset(
    "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired".split()
)


class Gap(msgspec.Struct, frozen=True):
    """Something that was asked for and not read; ``resource`` only for calls that read one."""

    account_id: str
    region: str
    call: str
    resource: str | None
    status: str
    code: str
    message: str
    tables: tuple[str, ...]


class CallRecord(msgspec.Struct, frozen=True):
    """One operation in one scope: how it ended, requests made and items read."""

    account_id: str
    region: str
    call: str
    status: str
    tables: tuple[str, ...]
    calls: int
    items: int


class Fault(msgspec.Struct, frozen=True):
    """One failed request, before it is known whether all of them failed."""

    resource: str | None
    status: str
    code: str
    message: str


def status_of(code: str, http_status: int = 0) -> str:
    """Return the gap status of an AWS error code."""
    if code in DENIED or http_status in (401, 403):
        return "denied" if code not in DISABLED else "region_disabled"
    for codes, status in (
        (THROTTLED, "throttled"),
        (UNSUPPORTED, "unsupported"),
        (DISABLED, "region_disabled"),
    ):
        if code in codes:
            return status
    return "failed"


def merged(faults: Sequence[Fault], answered: int) -> list[Fault]:
    """Return the faults to record: one without resource where every request ended alike."""
    alike = {(fault.status, fault.code) for fault in faults}
    if faults and not answered and len(alike) == 1:
        first = faults[0]
        named = f" ({len(faults)} requests)" if len(faults) > 1 else ""
        return [Fault(None, first.status, first.code, f"{first.message}{named}")]
    unique = {(f.resource, f.status, f.code, f.message): f for f in faults}
    return list(unique.values())
