"""What a collection needs before it starts: IAM actions, and calls per throttle group."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from auditor.collection import shared_state
from auditor.collectors import collectors
from auditor.collectors.base import Call, Params
from auditor.collectors.reader import Options
from auditor.collectors.run import run
from auditor.collectors.source import AnswerError
from auditor.pacing import group
from auditor.schema import Item, Scope
from auditor.secrets.masking import Masker

IDENTITY = ("sts:GetCallerIdentity", "ec2:DescribeRegions")


def actions() -> list[str]:
    """Return every IAM action that collectors declare."""
    found = {a for c in collectors().values() for call in c.calls for a in call.actions}
    return sorted(found | set(IDENTITY))


def policy_document(_partition: str) -> dict[str, Any]:
    """Return the least-privilege policy: read-only, metadata only, the same in each partition."""
    statement = {"Sid": "EcsAuditReadOnly", "Effect": "Allow", "Action": actions(), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


class Counting:
    """Makes list calls, and counts what describes would take instead of making them."""

    def __init__(self, source: Any) -> None:
        self.source, self.calls = source, Counter[str]()
        self._lock = threading.Lock()

    def call(self, scope: Scope, call: Call, params: Params) -> Item:
        """Answer a list call from AWS; echo ids of a describe as bare items."""
        where = f"{scope.account_id} {scope.region} {group(call.service, call.operation)}"
        with self._lock:
            self.calls[where] += 1
        if _lists(call, params):
            found: Item = self.source.call(scope, call, params)
            return found
        if call.key and call.named(params):
            return _echo(call, params)
        if call.one and not call.items:
            raise AnswerError((call.absent or ("NotAsked",))[0], "counted only")
        return {(call.items or "").split(".")[0]: []}


def _lists(call: Call, params: Params) -> bool:
    """Say whether a call lists: by name, or since it pages through all that a region has.

    How many pages that is, no other call tells. GetAccountAuthorizationDetails is left out: it
    answers whole policies, a thousand roles a page.
    """
    if not call.page or call.batch or call.one:
        return False
    whole = params.keys() <= {*call.fixed, call.page[0], call.token[0]}
    return call.operation.startswith("List") or (whole and call.operation.startswith("Describe"))


def _echo(call: Call, params: Mapping[str, Any]) -> Item:
    first, _, inner = (call.items or "").partition(".")
    found = [{call.key: one, "status": "ACTIVE"} for one in call.named(params)]
    return {first: [{inner: found}] if inner else found}


def planned(origin: Any, options: Options, stop: threading.Event) -> list[str]:
    """Return lines of calls per throttle group, made from the list calls alone.

    Rows behind described items are not known yet, so each service may add one revision and each
    operation without ids one call: the count is an upper estimate.
    """
    source = Counting(origin.source)
    sink = _Nowhere()
    shared = shared_state(source, options, Masker(b"\0" * 32), stop)
    run(origin.accounts, shared, sink)
    for account in origin.accounts:
        for region in account.regions:
            where = f"{account.account_id} {region}"
            extra = sink.rows["services", region]
            source.calls[f"{where} ecs task definition read"] += extra
            hosts = sink.rows["container_instances", region]
            for name in ("DescribeInstances", "DescribeInstanceTypes", "DescribeImages"):
                source.calls[f"{where} ec2 {name}"] += math.ceil(hosts / 100)
            source.calls[f"{where} ec2 DescribeInstanceAttribute"] += hosts
    lines = [f"{count:6}  {where}" for where, count in sorted(source.calls.items()) if count]
    return [*lines, f"{sum(source.calls.values()):6}  calls in all (upper estimate)"]


class _Nowhere:
    """Counts rows and keeps none."""

    def __init__(self) -> None:
        self.rows: Counter[tuple[str, str]] = Counter()

    def load(self, table: Any, rows: Any) -> None:
        """Count."""
        for row in rows:
            self.rows[table.name, row[1]] += 1

    def member(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    def call(self, _: Any) -> None:
        """Nothing."""

    def gap(self, _: Any) -> None:
        """Nothing."""

    def scope(self, _: Any) -> None:
        """Nothing."""

    def commit(self) -> None:
        """Nothing."""
