"""What is made of members that need more than a look: the account that holds one of everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import auditor
from tests.conftest import ROOT, audit


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the snapshot of the account."""
    return collected("full", tmp_path_factory.mktemp("full"))


def collected(account: str, folder: Path) -> Any:
    words = ("--from", str(ROOT / "fixtures/accounts" / account), "--db", "a.duckdb")
    assert audit("collect", *words, cwd=folder).returncode in (0, 3)
    return auditor.open(folder / "a.duckdb")


@pytest.mark.parametrize(("sql", "expected"), [
    ("select event_id, message from service_events order by all",
     [("e0", "…(github_pat)"), ("e1", "(service web) has reached a steady state.")]),
    ("select part, discovery_name, has_tls, client_port from service_connect_services",
     [("deployment/ecs-svc%2F1/service-connect/web", "shop", True, 80)]),
    ("select step_bake_time_minutes, lifecycle_hook_count, pause_hook_count from services "
     "where service_name = 'web'", [(6, 1, 1)]),
    ("select kind, status from service_managed_resources order by all",
     [("alarm", "PROVISIONING"), ("certificate", "FAILED"), ("gateway", "CREATE_FAILED"),
      ("load-balancer", "ACTIVE"), ("target-group", "ACTIVE")]),
    ("select protocol, port from container_instance_ports order by all",
     [("tcp", 22), ("tcp", 2376), ("tcp", 8080), ("udp", 514)]),
    ("select state_changed_at::varchar, state_reason from ec2_instances",
     [("2026-11-10 08:00:00", "Client.UserInitiatedShutdown")]),
    ("select name, type from capacity_providers order by all",
     [("main", "EC2_AUTOSCALING"), ("managed", "MANAGED_INSTANCES"), ("old", "EC2_AUTOSCALING")]),
    ("select target_group_name, preserves_client_ip from load_balancer_target_groups order by all",
     [("web", True), ("web-green", None)]),
    ("select right(target_group_arn, 4), weight from load_balancer_listener_targets order by all",
     [("0aa1", 90), ("0aa2", 10)]),
    ("select kind, id from capacity_provider_network order by all",
     [("security-group", "sg-0aa1"), ("subnet", "subnet-0aa1")]),
    ("select cidr_first, cidr_last from subnets where cidr_block = '10.0.1.0/24'",
     [(167_772_416, 167_772_671)]),
])  # fmt: skip
def test_a_table_holds(full: Any, sql: str, expected: list[tuple[Any, ...]]) -> None:
    found = full.query(sql)
    plain = found.astype(object).where(found.notna(), None)
    assert [tuple(row) for row in plain.itertuples(index=False)] == expected


def test_a_family_has_its_newest_active_revision(tmp_path: Path) -> None:
    found = collected("clean", tmp_path).query(
        "select f.active_revisions, d.newest from task_definition_families f "
        "join task_definitions d on d.task_definition_arn = f.newest_task_definition_arn"
    )
    assert [tuple(row) for row in found.itertuples(index=False)] == [(1, True)]
