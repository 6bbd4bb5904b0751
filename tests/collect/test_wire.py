"""Whole accounts over HTTP: planted faults found, servers' own defects as gaps."""

from __future__ import annotations

import collections
from pathlib import Path

import pytest

from bench.moto_account import Planted
from tests.collect.servers import LOGIN, document, rows, words_for
from tests.conftest import audit

pytestmark = pytest.mark.long
# What a server answers wrongly, and the gaps that must come of it.
MOTO = {"ecs:DescribeCapacityProviders", "ecs:ListDaemons"}
MINISTACK = {"ecs:ListDaemons"}


@pytest.fixture(scope="module", params=["moto", "ministack"])
def audited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Planted, int, str]:
    """Return the folder of a run, what was planted, what the plan said, and the server."""
    address, planted = request.getfixturevalue(f"filled_{request.param}")
    folder = tmp_path_factory.mktemp(request.param)
    plan = audit("collect", "--plan", *words_for(address), cwd=folder, **LOGIN)
    assert plan.returncode == 0, plan.stderr
    done = audit("run", *words_for(address), "--format", "json,html", cwd=folder, **LOGIN)
    assert done.returncode == 1, done.stderr
    return folder, planted, int(plan.stdout.strip().splitlines()[-1].split()[0]), request.param


def test_every_planted_fault_is_found(audited: tuple[Path, Planted, int, str]) -> None:
    folder, planted, _, _ = audited
    failing = collections.Counter(
        f["rule"] for f in document(folder)["findings"] if f["status"] == "fail"
    )
    assert failing["SEC002"] == planted.passwords
    assert failing["IAM001"] == planted.administrators
    assert failing["IAM002"] == planted.whole_services
    open_hosts = rows(folder, "select 1 as n from ec2_instances where http_tokens = 'optional'")
    assert len(open_hosts) == planted.imds_v1


def test_everything_listed_is_a_row_and_accounted_for(
    audited: tuple[Path, Planted, int, str],
) -> None:
    folder, planted, _, _ = audited
    expected = {
        "task_definitions": planted.definitions,
        "services": planted.services,
        "iam_roles": planted.roles,
        "container_instances": planted.instances,
        "clusters": 3,
    }
    for table, number in expected.items():
        assert rows(folder, f"select count(*)::int as n from {table}") == [{"n": number}]
    # A rule over a resource says pass, fail, skip or unknown of each, and of nothing twice.
    counts = {r["id"]: sum(r["counts"].values()) for r in document(folder)["rules"]}
    assert counts["IAM001"] == planted.roles
    assert counts["SVC002"] == planted.services
    assert counts["CTR004"] == planted.definitions


def test_the_calls_keep_within_the_plan(audited: tuple[Path, Planted, int, str]) -> None:
    folder, _, planned, _ = audited
    made = rows(folder, "select sum(calls)::int as n from collection_calls")[0]["n"]
    assert made <= 1.05 * planned


def test_a_servers_own_defects_are_gaps(audited: tuple[Path, Planted, int, str]) -> None:
    folder, _, _, server = audited
    gaps = {c["call"] for c in document(folder)["coverage"] if c["error"]}
    assert gaps == (MOTO if server == "moto" else MINISTACK)


def test_the_pages_of_a_list_are_all_read(filled_ministack: tuple[str, Planted],
                                          tmp_path: Path) -> None:  # fmt: skip
    address, planted = filled_ministack
    done = audit("collect", *words_for(address), cwd=tmp_path, **LOGIN)
    assert done.returncode == 3, done.stderr
    lists = "select calls, items from collection_calls where call = 'ecs:ListTaskDefinitions'"
    (found,) = rows(tmp_path, lists)
    assert found["items"] == planted.definitions
    assert found["calls"] >= 3  # two pages of ACTIVE revisions, one of INACTIVE ones


def test_a_second_audit_describes_no_revision_again(
    filled_moto: tuple[str, Planted], tmp_path: Path
) -> None:
    address, planted = filled_moto
    sql = "select calls from collection_calls where call = 'ecs:DescribeTaskDefinition'"
    counts = []
    for _ in range(2):
        audit("collect", *words_for(address), cwd=tmp_path, **LOGIN)
        counts.append(rows(tmp_path, sql)[0]["calls"])
    assert counts == [planted.definitions, 0]
    assert rows(tmp_path, "select count(*)::int as n from containers") == [
        {"n": planted.definitions}
    ]
