"""What a service may answer on the wire: each kind of nonsense is a gap, none is an empty list."""

from __future__ import annotations

import io
import threading
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from auditor import catalog
from auditor.collectors import collectors
from auditor.collectors.base import Call
from auditor.collectors.client import call_client
from auditor.collectors.facts import Facts
from auditor.collectors.gaps import CallRecord, Gap
from auditor.collectors.reader import Options, Reader, Shared
from auditor.collectors.s3_buckets import LOCATION
from auditor.collectors.source import AnswerError
from auditor.schema import Item, Scope
from auditor.secrets.masking import Masker

SCOPE = Scope("111122223333", "eu-west-1", "aws")
CLUSTERS = collectors()["clusters"]
LIST, DESCRIBE = CLUSTERS.calls[:2]


class Raw(io.BytesIO):
    """The part of urllib3's response that botocore reads."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


class Wire:
    """A source whose client is answered with given bodies, one a request."""

    def __init__(self, *answers: tuple[int, bytes], service: str = "ecs") -> None:
        self.answers, self.asked = list(answers), 0
        self.client = boto3.client(
            service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip
        self.client.meta.events.register(f"before-send.{service}", self._answer)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        status, body = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return AWSResponse(request.url, status, {}, Raw(body))

    def call(self, _scope: Scope, call: Call, params: Any) -> Item:
        return call_client(self.client, call, params)


def read(*answers: tuple[int, bytes]) -> tuple[list[Item], list[CallRecord], list[Gap], int]:
    """Return what a list gave, how it ended, its gaps, and the requests made."""
    wire = Wire(*answers)
    shared = Shared(
        source=wire, facts=Facts(frozenset()), tables=catalog.tables(), masker=Masker(b"\0" * 32),
        options=Options(workers=0), stop=threading.Event(), widened=catalog.widened,
        expired=set(),
    )  # fmt: skip
    reader = Reader(SCOPE, CLUSTERS, shared)
    found = list(reader.listing(LIST))
    records, gaps = reader.close()
    return found, [r for r in records if r.call == LIST.name], gaps, wire.asked


@pytest.mark.parametrize(("status", "body", "ended"), [
    (200, b'{"clusterArns": ["arn:aws:ecs:eu-', "failed"),
    (200, b"", "failed"),
    (200, b"{}", "failed"),
    (200, b'{"clusterArns": null}', "failed"),
    (200, b"<html>login</html>", "failed"),
    (503, b"<html>Service Unavailable</html>", "failed"),
    (500, b'{"__type": "ServerException", "message": "x"}', "failed"),
    (500, b"", "failed"),
    (400, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}', "throttled"),
    (400, b'{"__type": "AccessDeniedException", "message": "no"}', "denied"),
    (403, b"Forbidden by a proxy", "denied"),
    (400, b'{"__type": "ExpiredTokenException", "message": "old"}', "failed"),
    (501, b'{"__type": "UnknownOperationException"}', "unsupported"),
])  # fmt: skip
def test_what_is_no_list_is_a_gap(status: int, body: bytes, ended: str) -> None:
    found, (record,), gaps, _ = read((status, body))
    assert found == []
    assert record.status == ended
    (gap,) = gaps
    assert (gap.call, gap.status) == (LIST.name, ended)
    assert {"clusters", "services", "tasks"} <= set(gap.tables)
    assert "<html>" not in gap.message


def test_none_is_said_by_an_empty_list() -> None:
    found, (record,), gaps, _ = read((200, b'{"clusterArns": []}'))
    assert (found, gaps, record.status, record.calls) == ([], [], "ok", 1)


def test_pages_until_a_fault_are_kept_and_the_rest_is_a_gap() -> None:
    first = (200, b'{"clusterArns": ["a"], "nextToken": "2"}')
    found, (record,), gaps, asked = read(first, (400, b'{"__type": "AccessDeniedException"}'))
    assert (found, record.status, len(gaps), asked) == (["a"], "denied", 1, 2)


def test_a_token_that_repeats_ends_the_list_as_truncated() -> None:
    found, (record,), gaps, asked = read((200, b'{"clusterArns": ["a"], "nextToken": "same"}'))
    assert (set(found), record.status, gaps[0].code) == ({"a"}, "truncated", "RepeatedToken")
    assert asked == 2


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("body", [b"", b"Forbidden by a proxy", b"<html><br></html>"])
def test_a_bucket_s_location_that_is_no_xml_is_an_error(status: int, body: bytes) -> None:
    wire = Wire((status, body), service="s3")
    with pytest.raises(AnswerError):
        wire.call(SCOPE, LOCATION, {"Bucket": "config"})
