"""Answer from a recording inside botocore, so that paging, batching and errors are exercised."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import boto3
from botocore.config import Config
from botocore.exceptions import UnknownServiceError

from auditor.collectors.answers import Request, reply
from auditor.collectors.base import Call, Params
from auditor.collectors.client import call_client
from auditor.collectors.recording import Recording
from auditor.schema import Item, Scope

HOMES = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


class Reply(NamedTuple):
    """What botocore looks at of an HTTP response."""

    status_code: int
    content: bytes = b""
    raw: object = True


class ReplaySource:
    """Answers of a recording, through clients that all recordings of a process share."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def call(self, scope: Scope, call: Call, params: Params) -> Item:
        """Ask the recording; raise AnswerError as AWS would make it."""
        client = CLIENTS.get(call.service, scope.partition)
        CLIENTS.asking.now = (self.recording, scope, call)
        return call_client(client, call, params)


class Clients:
    """One boto3 client a service and partition: making one costs a tenth of a second."""

    def __init__(self) -> None:
        # The handlers run in the thread that asks, so each thread has its own question.
        self.asking = threading.local()
        self._made: dict[tuple[str, str], Any] = {}
        self._session: boto3.Session | None = None
        self._lock = threading.Lock()

    def get(self, service: str, partition: str) -> Any:
        """Return a client that never reaches the network."""
        key = (service, HOMES.get(partition, "us-east-1"))
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def _make(self, service: str, region: str) -> Any:
        self._session = self._session or boto3.Session("replay", "replay")
        make: Any = self._session.client
        client = make(service, region_name=region, config=Config(retries={"total_max_attempts": 1}))
        client.meta.events.register("provide-client-params.*.*", _keep)
        client.meta.events.register("before-call.*.*", self._answer)
        return client

    def _answer(self, model: Any, context: Mapping[str, Any], **_: Any) -> tuple[Reply, Any]:
        recording, scope, call = self.asking.now
        request = Request(recording, scope, call, model, context["asked"])
        status, body = reply(request)
        content = b""
        if call.name == "s3:GetBucketLocation":
            # botocore reads the region from the body of an error too.
            content = _location(body.pop("LocationConstraint", None))
        body["ResponseMetadata"] = {"HTTPStatusCode": status}
        return Reply(status, content), body


def _keep(params: Any, context: dict[str, Any], **_: Any) -> None:
    context["asked"] = params


def _location(region: Any) -> bytes:
    """Return the XML that botocore reads the bucket's region from."""
    return f"<LocationConstraint>{escape(str(region or ''))}</LocationConstraint>".encode()


CLIENTS = Clients()


def operations_of(service: str) -> frozenset[str]:
    """Return the operations of a service as botocore knows them; none of an unknown service."""
    try:
        model = CLIENTS.get(service, "aws").meta.service_model
    except UnknownServiceError:
        return frozenset()
    return frozenset(model.operation_names)


def output_shape(service: str, operation: str) -> Any:
    """Return the shape of an operation's answer as botocore knows it, None where it has none."""
    if operation not in operations_of(service):
        return None
    model = CLIENTS.get(service, "aws").meta.service_model
    return model.operation_model(operation).output_shape
