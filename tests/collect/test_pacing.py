"""Buckets at the documented rates: they wait, slow down, recover, and know when to give up."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from auditor import aws, pacing
from auditor.aws import AwsSource, Login
from auditor.collectors.base import Call
from auditor.collectors.source import AnswerError, Stopped
from auditor.pacing import ANEW_AT_FIRST, ANEW_BY_ANSWER, Bucket, Pacer
from auditor.schema import Scope

SCOPE = Scope("111122223333", "eu-west-1", "aws")
CALL = Call("ecs", "DescribeTaskDefinition")


class Clock:
    """A clock that a test sets."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pacing.time, "monotonic", made.monotonic)
    return made


def test_a_burst_passes_and_the_rest_waits_for_its_token(clock: Clock) -> None:
    bucket = Bucket(50, 20)
    waits = [bucket.take() for _ in range(65)]
    assert not any(waits[:45])
    assert waits[45:] == pytest.approx([n / 19.6 for n in range(1, 21)])


def test_a_minute_sends_no_more_than_aws_allows(clock: Clock) -> None:
    bucket = Bucket(50, 20)
    sent = []
    while (at := clock.now + bucket.take()) < 1_060:
        sent.append(at)
    assert 45 + 60 * 19 < len(sent) < 50 + 60 * 20


def test_a_throttled_answer_slows_down_once_a_second_and_the_rate_recovers(clock: Clock) -> None:
    bucket = Bucket(50, 20)
    for _ in range(5):
        bucket.slow_down()
    assert bucket.rate == pytest.approx(19.6 * 0.8)
    assert bucket.take() > 0
    clock.now += 60
    bucket.take()
    assert bucket.rate == bucket.ceiling
    for _ in range(100):
        clock.now += 1.1
        bucket.slow_down()
    assert bucket.rate == 2


def test_operations_of_a_group_share_a_bucket_of_their_account_and_region() -> None:
    pacer = Pacer(threading.Event(), share=0.5, scale=2)
    here = ("111122223333", "eu-west-1", "ecs")
    one = pacer.bucket(*here, "DescribeTaskDefinition")
    assert one is pacer.bucket(*here, "ListTaskDefinitions")
    assert one is not pacer.bucket(*here, "DescribeServices")
    assert one is not pacer.bucket("111122223333", "us-east-1", "ecs", "ListTaskDefinitions")
    assert one.documented == 20
    assert Pacer(threading.Event(), share=0.5).bucket(*here, "ListTasks").documented == 10


class Throttling(AwsSource):
    """Has a client that is never really asked."""

    def client(self, scope: Scope, service: str) -> Any:
        class Client:
            class meta:  # noqa: N801 - botocore's name
                region_name = "eu-west-1"

        return Client()


def source(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> tuple[AwsSource, list[str]]:
    """Return a source that is answered with these codes, ``ok`` at last; and what was asked."""
    asked: list[str] = []

    def call_client(_client: Any, call: Call, _params: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(call.name)
        code = answers[min(len(asked), len(answers)) - 1]
        if code != "ok":
            raise AnswerError(code, code)
        return {"answered": True}

    monkeypatch.setattr(aws, "call_client", call_client)
    monkeypatch.setattr(aws, "LONGEST_PAUSE", 0)
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    return Throttling({}, Login(), Pacer(threading.Event())), asked


def test_what_the_sdk_gave_up_on_as_throttled_is_asked_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient, asked = source(monkeypatch, ["ThrottlingException"] * 3 + ["ok"])
    assert patient.call(SCOPE, CALL, {}) == {"answered": True}
    assert len(asked) == 4


def test_another_refusal_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    patient, asked = source(monkeypatch, ["AccessDeniedException"])
    with pytest.raises(AnswerError):
        patient.call(SCOPE, CALL, {})
    assert len(asked) == 1


def test_one_attempt_means_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty, asked = source(monkeypatch, ["ThrottlingException"])
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(AnswerError):
        hasty.call(SCOPE, CALL, {})
    assert len(asked) == 1


def test_a_service_that_never_answers_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    patient, asked = source(monkeypatch, ["ThrottlingException"])
    for _ in range(100):
        with pytest.raises(AnswerError):
            patient.call(SCOPE, CALL, {})
    assert len(asked) == 100 + ANEW_AT_FIRST
    patient.pacer.bucket(*SCOPE[:2], "ecs", "DescribeTaskDefinition").answer()
    with pytest.raises(AnswerError):
        patient.call(SCOPE, CALL, {})
    assert len(asked) == 101 + ANEW_AT_FIRST + ANEW_BY_ANSWER


def test_a_stop_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    patient, asked = source(monkeypatch, ["ThrottlingException"])
    patient.pacer.stop.set()
    with pytest.raises(Stopped):
        patient.call(SCOPE, CALL, {})
    assert len(asked) == 1
