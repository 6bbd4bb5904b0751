"""The wire itself: a moto server over HTTP, its own defects as gaps, planted faults found."""

from __future__ import annotations

import json
from pathlib import Path

from bench.moto_account import fill
from tests.conftest import audit


def test_a_filled_account_is_audited_over_http(moto: str, tmp_path: Path) -> None:
    fill(moto, definitions=40, services=12, roles=20)
    login = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    words = ["--endpoint-url", moto, "--region", "eu-west-1"]
    plan = audit("collect", "--plan", *words, cwd=tmp_path, **login)
    planned = int(plan.stdout.strip().splitlines()[-1].split()[0])
    done = audit("run", *words, "--format", "json", "--api-share", "1", cwd=tmp_path, **login)
    assert done.returncode == 1, done.stderr
    found = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())
    failing = [f for f in found["findings"] if f["status"] == "fail"]
    assert sum(f["rule"] == "IAM001" for f in failing) == 3
    assert sum(f["rule"] == "IAM002" for f in failing) == 8
    assert sum(f["rule"] == "SEC002" for f in failing) == 4
    broken = {c["call"] for c in found["coverage"] if c["status"] == "failed"}
    assert broken == {"ecs:DescribeCapacityProviders", "ecs:ListDaemons"}
    rows = audit(
        "query",
        "--format",
        "json",
        "select sum(calls)::int as n from collection_calls",
        cwd=tmp_path,
    )
    assert json.loads(rows.stdout)[0]["n"] <= 1.05 * planned


def test_a_second_audit_describes_no_revision_again(moto: str, tmp_path: Path) -> None:
    login = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    words = ["collect", "--endpoint-url", moto, "--region", "eu-west-1", "--api-share", "1"]
    calls = "select calls from collection_calls where call = 'ecs:DescribeTaskDefinition'"
    counts = []
    for _ in range(2):
        audit(*words, cwd=tmp_path, **login)
        done = audit("query", "--format", "json", calls, cwd=tmp_path)
        counts.append(json.loads(done.stdout)[0]["calls"])
    assert counts == [40, 0]
    rows = audit(
        "query", "--format", "json", "select count(*)::int as n from containers", cwd=tmp_path
    )
    assert json.loads(rows.stdout)[0]["n"] == 40


def test_no_credentials_are_one_sentence(tmp_path: Path) -> None:
    done = audit(
        "collect",
        "--region",
        "eu-west-1",
        cwd=tmp_path,
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_EC2_METADATA_DISABLED="true",
        HOME=str(tmp_path),
    )
    assert done.returncode == 4
    assert len(done.stderr.strip().splitlines()) == 1
