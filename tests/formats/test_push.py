"""Security Hub over HTTP: imported, archived when fixed, left alone when nobody could look."""

from __future__ import annotations

import json

import boto3
import msgspec
import pytest

from auditor.aws import Login
from auditor.findings import Finding, Report, ScopeState
from auditor.grounds import Unseen
from auditor.identity import Place
from auditor.push import COUNT, batches, by_place, policy_document, push, settled, stale
from tests.formats.samples import hostile

ACCOUNT, REGION = "123456789012", "eu-west-1"
JUDGED = {("SEC001", ACCOUNT, REGION)}


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

    (done,) = push(report(first, second, third), JUDGED, {ACCOUNT: session}, login)
    assert (done.imported, done.archived, done.refused) == (3, 0, [])
    assert active(client) == {f"ecs-audit/{f.fingerprint}" for f in (first, second, third)}

    unknown = msgspec.structs.replace(second, status="unknown", unknown_cause="gap")
    (done,) = push(report(first, unknown), JUDGED, {ACCOUNT: session}, login)
    assert (done.archived, done.refused) == (0, [])
    assert f"ecs-audit/{third.fingerprint}" in active(client)

    (planned,) = push(report(first), JUDGED, {ACCOUNT: session}, login, dry_run=True)
    assert (planned.imported, planned.archived) == (1, 2)
    assert len(active(client)) == 3

    (done,) = push(report(first), JUDGED, {ACCOUNT: session}, login)
    assert (done.imported, done.archived, done.refused) == (1, 2, [])
    assert active(client) == {f"ecs-audit/{first.fingerprint}"}

    (done,) = push(report(), JUDGED, {ACCOUNT: session}, login)
    assert (done.imported, done.archived) == (0, 1)
    assert active(client) == set()


def test_what_may_run_unseen_is_not_archived() -> None:
    (finding, *_) = hostile("plain").findings
    gone = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:1"
    (active, *_) = by_place(report(msgspec.structs.replace(finding, resource=gone))).values()
    place = Place(ACCOUNT, REGION)
    for hidden, archived in ((Unseen({"task-definition": [place]}), 0), (Unseen(), 1)):
        assert len(stale(active, frozenset(), frozenset({"SEC001"}), place, hidden)) == archived


def test_silence_settles_nothing_where_nobody_looked() -> None:
    whole, place = report(), (ACCOUNT, REGION)
    assert settled(whole, place, JUDGED) == {"SEC001"}
    assert settled(whole, place, set()) == frozenset()
    assert settled(whole, place, {("SEC001", ACCOUNT, "us-east-1")}) == frozenset()

    account = ScopeState(ACCOUNT, "global", "complete", None)
    both = changed(whole, scopes=[*whole.snapshot.scopes, account])
    assert settled(both, place, JUDGED) == frozenset(), "the account's own scope was not judged"
    assert settled(both, place, {*JUDGED, ("SEC001", ACCOUNT, "global")}) == {"SEC001"}

    lost = msgspec.structs.replace(whole.snapshot.scopes[0], status="not_read")
    assert settled(changed(whole, scopes=[lost]), place, JUDGED) == frozenset()
    assert settled(changed(whole, clusters=["main"]), place, JUDGED) == frozenset()


def changed(whole: Report, **fields: object) -> Report:
    return msgspec.structs.replace(
        whole, snapshot=msgspec.structs.replace(whole.snapshot, **fields)
    )


def test_a_finding_of_the_account_goes_to_a_region_of_that_account() -> None:
    (first, *_) = hostile("plain").findings
    role = "arn:aws-cn:iam::444455556666:role/web"
    own = msgspec.structs.replace(first, account="444455556666", region="global", resource=role)
    whole = hostile("plain")
    scopes = [
        *whole.snapshot.scopes,
        ScopeState("444455556666", "cn-north-1", "not_read", None),
        ScopeState("444455556666", "cn-northwest-1", "partial", None),
        ScopeState("444455556666", "global", "partial", None),
    ]
    found = by_place(msgspec.structs.replace(changed(whole, scopes=scopes), findings=[own]))
    (there,) = found["444455556666", "cn-northwest-1"]
    assert there["ProductArn"].startswith("arn:aws-cn:securityhub:cn-northwest-1:444455556666:")
    assert there["Resources"][0]["Partition"] == "aws-cn"
    assert there["Resources"][0]["Type"] == "AwsIamRole"
    assert ("444455556666", "global") not in found
    assert ("444455556666", "cn-north-1") not in found


def test_an_account_without_credentials_is_said(session: boto3.Session) -> None:
    (done,) = push(report(), JUDGED, {"999999999999": session}, Login())
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
