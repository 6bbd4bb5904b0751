"""Send findings to AWS Security Hub: what is open, and archived what was fixed.

The only thing in this program that writes to AWS. A finding is archived only where its rule
judged its account and region, nothing there was left unknown by a gap, the snapshot holds all
clusters, and its definition may not run unseen: silence is not a fix.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from auditor.errors import CollectionError
from auditor.findings import Report
from auditor.formats import asff
from auditor.grounds import Unseen
from auditor.identity import Place
from auditor.verdicts import GLOBAL

if TYPE_CHECKING:
    import boto3

    from auditor.aws import Login

# BatchImportFindings: 100 findings and 6 MB a request, 240 KB a finding
# (https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html).
COUNT, SIZE, LARGEST = 100, 5_000_000, 240_000
ACTIONS = ("securityhub:BatchImportFindings", "securityhub:GetFindings")
NOTHING_UNSEEN = Unseen()
Judged = Collection[tuple[str, str, str]]  # rule, account, region
Asff = dict[str, Any]


class Pushed(msgspec.Struct):
    """What one account-region took."""

    account: str
    region: str
    imported: int = 0
    archived: int = 0
    refused: list[str] = []


def policy_document() -> dict[str, Any]:
    """Return the policy that a push needs, and no collection has."""
    statement = {"Sid": "EcsAuditPush", "Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def by_place(report: Report) -> dict[Place, list[Asff]]:
    """Return the findings to import by account and region; read scopes without any are empty."""
    found: dict[Place, list[Asff]] = {
        Place(s.account, s.region): []
        for s in report.snapshot.scopes
        if s.status != "not_read" and s.region != GLOBAL
    }
    for finding in asff.findings(report):
        found.setdefault(Place(finding["AwsAccountId"], finding["Region"]), []).append(finding)
    return found


def settled(report: Report, place: Place, judged: Judged) -> frozenset[str]:
    """Return the rules whose silence in an account-region means that nothing is open there.

    An account's own findings stand in one of its regions, so its own scope must be judged too.
    """
    account, region = place
    if report.snapshot.clusters:
        return frozenset()
    blind = {
        f.rule
        for f in report.findings
        if f.status == "unknown" and f.unknown_cause != "judgement"
        and f.account == account and f.region in (region, GLOBAL)
    }  # fmt: skip
    scopes = {s.region: s.status for s in report.snapshot.scopes
              if s.account == account and s.region in (region, GLOBAL)}  # fmt: skip
    if "not_read" in scopes.values():
        return frozenset()
    return frozenset(
        rule.id
        for rule in report.rules
        if rule.id not in blind and all((rule.id, account, where) in judged for where in scopes)
    )


def stale(
    active: Iterable[Asff], open_ids: frozenset[str], rules: frozenset[str],
    place: Place, unseen: Unseen,
) -> list[Asff]:  # fmt: skip
    """Return what Security Hub still shows and the report settles as fixed, archived."""
    return [
        {**finding, "RecordState": "ARCHIVED"}
        for finding in active
        if finding["Id"] not in open_ids
        and finding["GeneratorId"].partition("/")[2] in rules
        and not any(unseen.covers(place, one["Id"]) for one in finding["Resources"])
    ]


def batches(findings: Iterable[Asff]) -> Iterator[list[Asff]]:
    """Yield requests within the service's limits; evidence-laden findings count by size."""
    batch: list[Asff] = []
    size = 0
    for finding in findings:
        length = len(json.dumps(finding).encode())
        if length > LARGEST:
            finding = {**finding, "Resources": finding["Resources"][:1]}
            length = len(json.dumps(finding).encode())
        if batch and (len(batch) == COUNT or size + length > SIZE):
            yield batch
            batch, size = [], 0
        batch.append(finding)
        size += length
    if batch:
        yield batch


def push(
    report: Report,
    judged: Judged,
    sessions: Mapping[str, boto3.Session],
    login: Login,
    *,
    dry_run: bool = False,
    unseen: Unseen = NOTHING_UNSEEN,
) -> Iterator[Pushed]:
    """Import and archive place by place; accounts without a session are refused in words.

    Findings on what may run ``unseen`` stay as they are.
    """
    for place, findings in sorted(by_place(report).items()):
        account, region = place
        if account not in sessions:
            said = f"no credentials for account {account}; name its role in [[aws.accounts]]"
            yield Pushed(account, region, refused=[said])
            continue
        client = _client(sessions[account], region, login)
        rules = settled(report, place, judged)
        yield _pushed(report, rules, unseen, place, findings, client, dry_run)


def _client(session: boto3.Session, region: str, login: Login) -> Any:
    from auditor.aws import client_config

    return session.client(
        "securityhub",
        region_name=region,
        endpoint_url=login.endpoint_url or None,
        config=client_config(login),
    )


def _pushed(
    report: Report,
    rules: frozenset[str],
    unseen: Unseen,
    place: Place,
    findings: list[Asff],
    client: Any,
    dry_run: bool,
) -> Pushed:
    from auditor.aws import REFUSED, UNREACHABLE

    done = Pushed(*place)
    try:
        kept = frozenset(finding["Id"] for finding in findings)
        old = stale(_active(client, place), kept, rules, place, unseen)
        if dry_run:
            return Pushed(*place, imported=len(findings), archived=len(old))
        for batch in batches(findings):
            done.imported += _import(client, batch, done)
        for batch in batches(_fresh(old, report)):
            done.archived += _import(client, batch, done)
    except REFUSED as error:
        answer = error.response["Error"]
        done.refused.append(f"{answer['Code']}: {answer.get('Message', '')}")
    except UNREACHABLE as error:
        raise CollectionError(f"Security Hub cannot be reached: {error}") from None
    return done


def _fresh(old: Iterable[Asff], report: Report) -> Iterator[Asff]:
    """Return archived findings as the import takes them: it refuses an older UpdatedAt."""
    allowed = set(asff.REQUIRED) | {"RecordState", "Compliance", "Workflow", "ProductFields"}
    for finding in old:
        kept = {key: value for key, value in finding.items() if key in allowed}
        yield {**kept, "UpdatedAt": report.check.as_of}


def _import(client: Any, batch: list[Asff], done: Pushed) -> int:
    answer = client.batch_import_findings(Findings=batch)
    for failed in answer.get("FailedFindings", ()):
        done.refused.append(f"{failed['Id']}: {failed['ErrorCode']} {failed['ErrorMessage']}")
    return int(answer["SuccessCount"])


def _active(client: Any, place: Place) -> Iterator[Asff]:
    """Yield the active findings that an earlier push left in an account-region."""

    def equals(text: str) -> list[dict[str, str]]:
        return [{"Value": text, "Comparison": "EQUALS"}]

    account, region = place
    filters = {
        "AwsAccountId": equals(account),
        "Region": equals(region),
        "RecordState": equals("ACTIVE"),
        "GeneratorId": [{"Value": asff.generator_id(""), "Comparison": "PREFIX"}],
    }
    pages = client.get_paginator("get_findings").paginate(Filters=filters)
    for page in pages:
        for finding in page["Findings"]:
            # Test servers ignore filters.
            ours = finding["GeneratorId"].startswith(asff.generator_id(""))
            if ours and finding.get("RecordState") == "ACTIVE":
                yield finding
