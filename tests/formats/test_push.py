"""Security Hub over HTTP: imported, archived when fixed, left alone when nobody could look."""

from __future__ import annotations

import json

import boto3
import msgspec
import pytest

from auditor.aws import Login
from auditor.findings import Finding, Report
from auditor.push import COUNT, batches, by_place, policy_document, push
from tests.formats.samples import hostile

ACCOUNT, REGION = "123456789012", "eu-west-1"


def report(*rows: Finding) -> Report:
    whole = hostile("plain")
    scopes = [msgspec.structs.replace(s, account=ACCOUNT) for s in whole.snapshot.scopes]
    here = [msgspec.structs.replace(row, account=ACCOUNT) for row in rows]
    snapshot = msgspec.structs.replace(whole.snapshot, scopes=scopes, accounts=[ACCOUNT])
    return msgspec.structs.replace(whole, findings=here, snapshot=snapshot)


def active(client: object) -> set[str]:
    found = client.get_findings(MaxResults=100)["Findings"]  # type: ignore[attr-defined]
    return {f["Id"] for f in found if f["RecordState"] == "ACTIVE"}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    return boto3.Session("x", "x", region_name=REGION)


def test_push_archives_what_was_fixed_and_never_because_of_a_gap(
    moto: str, session: boto3.Session
) -> None:
    client = session.client("securityhub", endpoint_url=moto)
    client.enable_security_hub()
    login = Login(endpoint_url=moto)
    first, second, third = hostile("plain").findings

    (done,) = push(report(first, second, third), {ACCOUNT: session}, login)
    assert (done.imported, done.archived, done.refused) == (3, 0, [])
    assert active(client) == {f"ecs-audit/{f.fingerprint}" for f in (first, second, third)}

    unknown = msgspec.structs.replace(second, status="unknown", unknown_cause="gap")
    (done,) = push(report(first, unknown), {ACCOUNT: session}, login)
    assert (done.archived, done.refused) == (0, [])
    assert f"ecs-audit/{third.fingerprint}" in active(client)

    (planned,) = push(report(first), {ACCOUNT: session}, login, dry_run=True)
    assert (planned.imported, planned.archived) == (1, 2)
    assert len(active(client)) == 3

    (done,) = push(report(first), {ACCOUNT: session}, login)
    assert (done.imported, done.archived, done.refused) == (1, 2, [])
    assert active(client) == {f"ecs-audit/{first.fingerprint}"}

    (done,) = push(report(), {ACCOUNT: session}, login)
    assert (done.imported, done.archived) == (0, 1)
    assert active(client) == set()


def test_an_account_without_credentials_is_said(session: boto3.Session) -> None:
    (done,) = push(report(), {"999999999999": session}, Login())
    assert "no credentials for account" in done.refused[0]


def test_batches_stay_within_the_limits() -> None:
    many = next(iter(by_place(report(*hostile("x" * 3_000, 250).findings)).values()))
    sizes = [len(batch) for batch in batches(many)]
    assert sum(sizes) == 250
    assert max(sizes) <= COUNT
    assert all(len(json.dumps(batch)) < 6_000_000 for batch in batches(many))


def test_the_policy_of_a_push_is_its_own() -> None:
    (statement,) = policy_document()["Statement"]
    assert statement["Action"] == ["securityhub:BatchImportFindings", "securityhub:GetFindings"]
