"""An estate of 60 services: every broad role is named with its services, every refusal found."""

from __future__ import annotations

from typing import Any

import pytest

import auditor
from tests.conftest import audit
from tests.iam import estate

BROAD = ("ADMIN", "SERVICE_WILDCARD", "PRIV_ESC", "DATA_EXFIL", "ASSUME_ANY")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("estate")
    recording = estate.write(folder / "recording")
    done = audit("collect", "--from", str(recording), "--db", "estate.duckdb", cwd=folder)
    assert done.returncode in (0, 3), done.stderr

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with auditor.open(folder / "estate.duckdb") as snapshot:
            return [tuple(row) for row in snapshot.query(sql).itertuples(index=False)]

    return ask


def test_each_broad_role_is_named_with_the_services_under_it(rows: Any) -> None:
    classes = ", ".join(f"'{name}'" for name in BROAD)
    found = rows(
        "select distinct r.role_name, w.service_name, w.cluster_arn from iam_risks as r "
        "join iam_role_workloads as w on r.role_arn = w.role_arn and r.kind = w.kind "
        f"where r.kind = 'task' and r.state = 'certain' and r.risk in ({classes})"
    )
    assert {(role, service) for role, service, _ in found} == {
        (f"task-{n}", f"app-{n}") for n in range(45)
    }
    assert {cluster.rsplit("/", 1)[-1] for *_, cluster in found} == {"main"}
    admins = rows("select role_name, policy_name from iam_risks where risk = 'ADMIN'")
    assert set(admins) == {(f"task-{n}", "AdministratorAccess") for n in range(3)}


def test_execution_roles_without_their_secret_are_found(rows: Any) -> None:
    found = rows("select role_name, verdict, fix, snippet from iam_checks where purpose = 'secret'")
    assert {role for role, verdict, *_ in found if verdict == "denied"} == {
        f"execution-{n}" for n in range(20)
    }
    assert {role for role, verdict, *_ in found if verdict == "allowed"} == {
        f"execution-{n}" for n in range(20, 60)
    }
    refused = [row for row in found if row[1] == "denied"]
    assert all(role in fix and "GetSecretValue" in snippet for role, _, fix, snippet in refused)


def test_effective_actions_are_those_of_roles_in_use_that_are_no_administrators(rows: Any) -> None:
    held = rows("select distinct role_arn from iam_effective_actions")
    names = {arn.rsplit("/", 1)[-1] for (arn,) in held}
    assert not names & {"task-0", "task-1", "task-2"}
    assert {"task-3", "task-45", "execution-0"} <= names
    queue = rows(
        "select action, reach from iam_effective_actions "
        "where role_arn like '%/task-45' and action = 'sqs:SendMessage'"
    )
    assert queue == [("sqs:SendMessage", "some")]
    whole = rows("select service from iam_service_grants where role_arn like '%/task-3' "
                 "and whole = 'certain'")  # fmt: skip
    assert whole == [("s3",)]
