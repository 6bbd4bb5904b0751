"""Throttled, refused and unreachable: nothing is lost without a word."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.moto_account import Planted
from tests.collect.servers import LOGIN, document, fired, proxy, rows, set_rules, words_for
from tests.conftest import audit
from tests.serving import free_port

pytestmark = pytest.mark.long
THROTTLED = {
    "service": "ecs",
    "operation": "DescribeTaskDefinition",
    "error": {"code": "ThrottlingException"},
}


# Refused instead of moto's 500, which a patient command asks again and again.
QUIET: list[dict[str, Any]] = [
    {"service": "ecs", "operation": operation, "error": {"code": "AccessDeniedException"}}
    for operation in ("DescribeCapacityProviders", "ListDaemons")
]


@pytest.fixture(scope="module")
def proxied(filled_moto: tuple[str, Planted]) -> Iterator[str]:
    """Return the address of a proxy before the filled server; each test gives it its rules."""
    with proxy(filled_moto[0], []) as address:
        yield address


@contextlib.contextmanager
def ruled(address: str, rules: list[dict[str, Any]]) -> Iterator[str]:
    set_rules(address, rules)
    yield address
    set_rules(address, [])


def test_what_stays_throttled_is_a_gap_each(
    filled_moto: tuple[str, Planted], proxied: str, tmp_path: Path
) -> None:
    planted = filled_moto[1]
    half = {**THROTTLED, "sequence": {"fail": 1, "pass": 1}}
    with ruled(proxied, [half]) as throttling:
        words = ("run", *words_for(throttling), "--format", "json", "--ignore", "family:iam")
        once = {**LOGIN, "AWS_MAX_ATTEMPTS": "1"}
        done = audit(*words, cwd=tmp_path, **once)
        assert done.returncode == 1, done.stderr
        described = {r["arn"] for r in rows(
            tmp_path, "select task_definition_arn as arn from task_definitions")}  # fmt: skip
        lost = {
            c["resource"]
            for c in document(tmp_path)["coverage"]
            if c["call"] == "ecs:DescribeTaskDefinition" and c["status"] == "throttled"
        }
        assert len(described) + len(lost) == planted.definitions
        assert not described & lost
        assert len(lost) == planted.definitions // 2
        unknown = {f["resource"] for f in document(tmp_path)["findings"]
                   if f["rule"] == "SEC002" and f["status"] == "unknown"}  # fmt: skip
        assert unknown == lost
        assert audit("collect", *words_for(throttling), cwd=tmp_path, **once).returncode == 3


def test_patience_loses_nothing(
    filled_moto: tuple[str, Planted], proxied: str, tmp_path: Path
) -> None:
    planted = filled_moto[1]
    with ruled(proxied, [{**THROTTLED, "probability": 0.5}, *QUIET]) as throttling:
        words = ("run", *words_for(throttling), "--format", "json")
        patient = {**LOGIN, "AWS_MAX_ATTEMPTS": ""}
        assert audit(*words, cwd=tmp_path, **patient).returncode == 1
    calls = "select status, calls from collection_calls where call = 'ecs:DescribeTaskDefinition'"
    assert rows(tmp_path, calls) == [{"status": "ok", "calls": planted.definitions}]
    failing = [f for f in document(tmp_path)["findings"] if f["rule"] == "SEC002"]
    assert len(failing) == planted.passwords


@pytest.mark.parametrize(("code", "said"), [
    ("ExpiredTokenException", "expired"),
    ("InvalidClientTokenId", "does not accept these credentials"),
])  # fmt: skip
def test_a_login_that_is_refused_is_one_sentence(
    proxied: str, tmp_path: Path, code: str, said: str
) -> None:
    rule = {"service": "sts", "operation": "GetCallerIdentity", "error": {"code": code}}
    with ruled(proxied, [rule]) as refusing:
        done = audit("collect", *words_for(refusing), cwd=tmp_path, **LOGIN)
    one_sentence(done.returncode, done.stderr, said)
    assert not list(tmp_path.glob("*.duckdb"))


def test_an_endpoint_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    done = audit("collect", *words_for(nowhere), cwd=tmp_path, **{**LOGIN, "AWS_MAX_ATTEMPTS": "1"})
    one_sentence(done.returncode, done.stderr, nowhere)


def test_attempts_that_are_no_number_are_one_sentence(tmp_path: Path) -> None:
    words = words_for(f"http://127.0.0.1:{free_port()}")
    done = audit("collect", *words, cwd=tmp_path, **{**LOGIN, "AWS_MAX_ATTEMPTS": "many"})
    one_sentence(done.returncode, done.stderr, "AWS_MAX_ATTEMPTS")


def one_sentence(code: int, stderr: str, said: str) -> None:
    assert code == 4, stderr
    assert len(stderr.strip().splitlines()) == 1
    assert said in stderr


def test_a_session_that_expires_is_not_used_on_and_the_next_run_reads_the_rest(
    filled_moto: tuple[str, Planted], proxied: str, tmp_path: Path
) -> None:
    address, planted = filled_moto
    late = {"service": "ecs", "operation": "DescribeTaskDefinition", "sequence": {"fail": 1_000, "pass": 1},
            "error": {"code": "ExpiredTokenException", "status": 400}}  # fmt: skip
    with ruled(proxied, [late, *QUIET]) as expiring:
        done = audit("collect", *words_for(expiring), cwd=tmp_path, **LOGIN)
        assert done.returncode == 3, done.stderr
        assert fired(expiring) <= 6 + len(QUIET)  # those under way
    gaps = "select count(*)::int as n from collection_gaps where code like 'ExpiredToken%'"
    assert rows(tmp_path, gaps)[0]["n"] > 0
    states = "select distinct status from snapshot_scopes where region = 'eu-west-1'"
    assert rows(tmp_path, states) == [{"status": "partial"}]
    assert audit("collect", *words_for(address), cwd=tmp_path, **LOGIN).returncode == 3
    found = rows(tmp_path, "select count(*)::int as n from task_definitions")
    assert found == [{"n": planted.definitions}]


def test_a_region_that_refuses_leaves_the_others(proxied: str, tmp_path: Path) -> None:
    closed = {"service": "*", "region": "ap-east-1",
              "error": {"code": "UnrecognizedClientException", "status": 400}}  # fmt: skip
    with ruled(proxied, [closed]) as refusing:
        done = audit(
            "collect", *words_for(refusing), "--region", "ap-east-1", cwd=tmp_path, **LOGIN
        )
    assert done.returncode == 3, done.stderr
    states = {r["region"]: r["status"] for r in rows(
        tmp_path, "select region, status from snapshot_scopes")}  # fmt: skip
    assert states["ap-east-1"] == "not_read"
    assert states["eu-west-1"] == "partial"
    assert "ap-east-1 not_read" in done.stderr


def test_several_accounts_by_their_roles(filled_moto: tuple[str, Planted], tmp_path: Path) -> None:
    accounts = ("111122223333", "444455556666")
    entries = "".join(
        f'[[aws.accounts]]\nid = "{a}"\nrole_arn = "arn:aws:iam::{a}:role/audit"\n'
        for a in accounts
    )
    config = tmp_path / "several.toml"
    config.write_text(
        f'schema = "ecs-audit-config/1"\n[aws]\nendpoint_url = "{filled_moto[0]}"\n{entries}'
    )
    words = ["--config", str(config), "--region", "eu-west-1", "--region", "us-east-1"]
    done = audit("collect", *words, "--api-share", "1", cwd=tmp_path, **LOGIN,
                 AWS_ENDPOINT_URL=filled_moto[0])  # fmt: skip
    assert done.returncode == 3, done.stderr
    found = rows(tmp_path, "select account_id, region from snapshot_scopes order by all")
    regions = ("eu-west-1", "global", "us-east-1")
    assert [(r["account_id"], r["region"]) for r in found] == [
        (a, r) for a in accounts for r in regions
    ]


def test_one_cluster_alone(filled_moto: tuple[str, Planted], tmp_path: Path) -> None:
    done = audit("run", *words_for(filled_moto[0]), "--cluster", "c1", "--format", "json",
                 cwd=tmp_path, **LOGIN)  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert rows(tmp_path, "select cluster_name from clusters") == [{"cluster_name": "c1"}]
    assert rows(tmp_path, "select distinct cluster_arn from services") == [
        {"cluster_arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/c1"}
    ]
    scope = document(tmp_path)["snapshot"]["scope"]
    assert json.dumps(scope["clusters"]) == '["c1"]'
