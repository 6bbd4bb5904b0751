"""Pace requests by AWS's documented token buckets, so that calls are neither lost nor starved.

ECS documents its buckets per account and region in "Request throttling for the Amazon ECS API"
(developer guide), EC2 in "Request throttling for the Amazon EC2 API"; the other services publish
few figures, so their rates here are cautious and learn downwards from throttled answers.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from auditor.collectors.gaps import THROTTLED

ECS_GROUPS = {
    "cluster read": (50, 20, "DescribeClusters ListClusters"),
    "task definition read": (
        50,
        20,
        "DescribeTaskDefinition ListTaskDefinitions ListTaskDefinitionFamilies "
        "ListDaemonTaskDefinitions DescribeDaemonTaskDefinition",
    ),
    "cluster resource read": (
        100,
        20,
        "DescribeContainerInstances DescribeTasks ListAttributes ListContainerInstances ListTasks",
    ),
    "service read": (
        100,
        20,
        "DescribeServices ListServices ListDaemons DescribeDaemon DescribeExpressGatewayService",
    ),
    "service deployment read": (
        50,
        20,
        "ListServiceDeployments DescribeServiceDeployments ListDaemonDeployments "
        "DescribeDaemonDeployments",
    ),
    "service revision read": (50, 20, "DescribeServiceRevisions DescribeDaemonRevisions"),
    "capacity provider read": (50, 20, "DescribeCapacityProviders"),
    "setting read": (50, 20, "ListAccountSettings"),
    "tag read": (50, 20, "ListTagsForResource"),
    "task protection read": (200, 80, "GetTaskProtection"),
    "namespace read": (10, 1, "ListServicesByNamespace"),
}
ECS_BUCKETS = {
    operation: group for group, (_, _, names) in ECS_GROUPS.items() for operation in names.split()
}
# (burst, tokens a second) by service and by operation; EC2 counts each action by itself.
SERVICES = {
    "ecs": (50, 20),
    "ec2": (100, 20),
    "iam": (20, 5),
    "logs": (10, 10),
    "ssm": (40, 40),
    "secretsmanager": (50, 50),
}
OPERATIONS = {"ssm:DescribeParameters": (3, 3), "ec2:DescribeInstances": (50, 10)}
OTHERS = (10, 10)
# Requests asked anew after the SDK gave up on throttled ones: some at first, then by each answer.
ANEW_AT_FIRST, ANEW_BY_ANSWER = 20, 3


def group(service: str, operation: str) -> str:
    """Return the throttle group that an operation shares, such as ``ecs service read``."""
    if service == "ecs":
        return f"ecs {ECS_BUCKETS.get(operation, operation)}"
    if service == "ec2" or f"{service}:{operation}" in OPERATIONS:
        return f"{service} {operation}"
    return service


def documented(service: str, operation: str) -> tuple[float, float]:
    """Return (burst, tokens a second) of an operation's group."""
    named = ECS_BUCKETS.get(operation) if service == "ecs" else None
    if named:
        return ECS_GROUPS[named][:2]
    return OPERATIONS.get(f"{service}:{operation}") or SERVICES.get(service, OTHERS)


class Bucket:
    """A token bucket whose rate falls by a fifth at a throttled answer and climbs back.

    It keeps 2 % below the documented rate and 10 % below the burst, since AWS's own clock and
    the account's other callers are not ours to see.
    """

    def __init__(self, burst: float, rate: float) -> None:
        self.capacity, self.ceiling = burst * 0.9, rate * 0.98
        self.rate, self.documented = self.ceiling, rate
        self.tokens, self.filled_at, self.cut_at = self.capacity, time.monotonic(), 0.0
        self.throttled = self.sent = self.answered = self.anew = 0
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a token and return the seconds to wait before sending."""
        with self._lock:
            now = time.monotonic()
            passed, self.filled_at = now - self.filled_at, now
            if now - self.cut_at > 2:
                self.rate = min(self.ceiling, self.rate + 0.02 * self.documented * passed)
            self.tokens = min(self.capacity, self.tokens + passed * self.rate) - 1
            self.sent += 1
            return -self.tokens / self.rate if self.tokens < 0 else 0.0

    def ask_anew(self) -> bool:
        """Say whether a request that the SDK gave up on as throttled is worth asking anew.

        The SDK's retry quota runs out where half of the answers are throttled. Here each answer
        earns further requests, so a service that never answers is soon left alone.
        """
        with self._lock:
            if self.anew >= ANEW_AT_FIRST + ANEW_BY_ANSWER * self.answered:
                return False
            self.anew += 1
            return True

    def answer(self) -> None:
        """Take note of an answer that was not throttled."""
        with self._lock:
            self.answered += 1

    def slow_down(self) -> None:
        """Take note of a throttled answer: the real bucket is empty."""
        with self._lock:
            self.throttled += 1
            now = time.monotonic()
            if now - self.cut_at > 1:
                self.cut_at = now
                self.rate = max(self.documented / 10, self.rate * 0.8)
                self.tokens = min(self.tokens, 0.0)


class Pacer:
    """Buckets of every account and region; ``install`` hooks one boto3 client to them.

    ``share`` is the part of each documented rate that this program may use, ``scale`` multiplies
    the documented rates where AWS has raised an account's quota.
    """

    def __init__(self, stop: threading.Event, share: float = 1.0, scale: float = 1.0) -> None:
        self.factor, self.stop = share * scale, stop
        self.buckets: dict[tuple[str, str, str], Bucket] = {}
        self._lock = threading.Lock()

    def bucket(self, account: str, region: str, service: str, operation: str) -> Bucket:
        """Return the bucket that an operation shares with its group."""
        key = (account, region, group(service, operation))
        with self._lock:
            if key not in self.buckets:
                burst, rate = documented(service, operation)
                self.buckets[key] = Bucket(max(burst * self.factor, 1), rate * self.factor)
            return self.buckets[key]

    def install(self, client: Any, account: str) -> None:
        """Make every request of a client wait for its token, retries included."""
        service, region = client.meta.service_model.service_name, client.meta.region_name
        events = client.meta.events

        def before_send(event_name: str, **_: Any) -> None:
            wait = self.bucket(account, region, service, event_name.rsplit(".", 1)[1]).take()
            if wait > 0:
                self.stop.wait(wait)

        def needs_retry(response: Any, operation: Any, **_: Any) -> None:
            code = response[1].get("Error", {}).get("Code") if response else None
            bucket = self.bucket(account, region, service, operation.name)
            if code in THROTTLED:
                bucket.slow_down()
            elif response:
                bucket.answer()

        events.register(f"before-send.{service}", before_send)
        events.register_first(f"needs-retry.{service}", needs_retry)
