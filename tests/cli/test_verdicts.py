"""Commands as users run them: exit codes, one sentence for a mistake, gaps, waivers."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor import api
from auditor.collectors import collectors
from tests.conftest import ROOT, audit

ACCOUNTS = ROOT / "fixtures/accounts"


def run(name: str, folder: Path, *words: str) -> tuple[int, dict]:
    done = audit("run", "--from", str(ACCOUNTS / name), "--format", "json", *words, cwd=folder)
    path = folder / "ecs-audit-out" / "findings.json"
    return done.returncode, json.loads(path.read_text()) if path.exists() else {
        "stderr": done.stderr
    }


def test_findings_json_fits_the_schema(demo: Path) -> None:
    schema = json.loads((ROOT / "auditor/formats/findings.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(
        json.loads((demo / "findings.json").read_text())
    )


def test_clean_account_ends_with_zero(tmp_path: Path) -> None:
    code, found = run("clean", tmp_path, "--fail-on", "low")
    assert code == 0, [f["reason"] for f in found["findings"]]
    assert [f for f in found["findings"] if f["severity"] != "info"] == []


def test_empty_account_ends_with_zero(tmp_path: Path) -> None:
    assert run("empty", tmp_path)[0] == 0


def test_mess_ends_with_one_and_never_with_two(demo: Path, tmp_path: Path) -> None:
    shutil.copy(demo / "audit.duckdb", tmp_path)
    words = ("check", "--format", "json", "--select", "SEC")
    assert audit(*words, cwd=tmp_path).returncode == 1
    assert audit(*words, "--fail-on", "never", cwd=tmp_path).returncode in (0, 3)


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, dict]:
    """Return a folder with the audit of an account that refused its roles, and how it ended."""
    folder = tmp_path_factory.mktemp("denied")
    return folder, *run("denied", folder, "--select", "IAM")


def test_refused_roles_blind_every_role_rule(blind: tuple[Path, int, dict]) -> None:
    _, code, found = blind
    assert code == 3
    for rule in found["rules"]:
        if "iam_roles" in rule["reads"] or "iam_risks" in rule["reads"]:
            assert rule["counts"]["pass"] == rule["counts"]["fail"] == 0, rule["id"]
            assert rule["counts"]["unknown"] > 0


def test_an_accepted_gap_is_no_three(blind: tuple[Path, int, dict], tmp_path: Path) -> None:
    shutil.copy(blind[0] / "audit.duckdb", tmp_path)
    (tmp_path / "w.yaml").write_text(
        "schema: ecs-audit-waivers/1\naccepted_gaps:\n"
        "  - {call: 'iam:GetAccountAuthorizationDetails', reason: reviewed by another control,"
        " owner: a@example.com, expires: 2027-03-31}\n"
    )
    words = ("--format", "json", "--select", "IAM001,IAM002", "--waivers", "w.yaml")
    assert audit("check", *words, cwd=tmp_path).returncode == 0
    found = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())
    assert any(c["accepted"] for c in found["coverage"])


def refused(folder: Path, **said: Any) -> Path:
    """Return a recording of the clean account in which some operations were answered otherwise."""
    shutil.copytree(ACCOUNTS / "clean", folder / "r")
    for name, answer in said.items():
        path = folder / "r/111122223333/eu-west-1" / f"{name.replace('_', '.')}.json"
        path.write_text(json.dumps(answer))
    return folder / "r"


def denied(code: str = "AccessDeniedException") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": "no", "http_status": 400}]}


def accepting(folder: Path, *calls: str) -> str:
    """Write a waiver file that accepts gaps of some calls."""
    (folder / "gaps.yaml").write_text(
        "schema: ecs-audit-waivers/1\naccepted_gaps:\n"
        + "".join(f"  - {{call: '{call}', reason: reviewed by another control,"
                  " owner: a@example.com, expires: 2027-03-31}\n" for call in calls)
    )  # fmt: skip
    return "gaps.yaml"


OPTIONAL = """/* ---
title: t
severity: low
confidence: likely
why: w
fix: f
refs: []
optional: [log_groups]
--- */
select c.cluster_arn as resource, null as part, 'pass' as status, 'x' as reason
from clusters as c
left join log_groups as l on c.account_id = l.account_id and c.exec_log_group = l.log_group_name
"""


@pytest.mark.long
def test_a_gap_that_a_rule_copes_with_needs_nobody_s_acceptance(tmp_path: Path) -> None:
    source = refused(tmp_path, ecs_DescribeClusters=denied(), logs_DescribeLogGroups=denied())
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/ACM001_x.sql").write_text(OPTIONAL)
    words = ("--from", str(source), "--rules", "rules", "--select", "ACM001", "--format", "json")
    waivers = accepting(tmp_path, "ecs:DescribeClusters")
    assert audit("run", *words, "--waivers", waivers, cwd=tmp_path).returncode == 0
    accepting(tmp_path, "logs:DescribeLogGroups")
    assert audit("run", *words, "--waivers", waivers, cwd=tmp_path).returncode == 3


@pytest.mark.long
def test_a_value_that_nobody_could_classify_is_a_gap_to_accept(tmp_path: Path) -> None:
    source = refused(tmp_path)
    path = source / "111122223333/eu-west-1/ecs.DescribeTaskDefinition.json"
    found = json.loads(path.read_text())
    (container, *_) = found["answers"][0]["response"]["taskDefinition"]["containerDefinitions"]
    container["environment"] = [{"name": "A", "value": {"@masked": {"cls": "harmless"}}}]
    path.write_text(json.dumps(found))
    words = ("--from", str(source), "--select", "SEC002", "--format", "json")
    assert audit("run", *words, cwd=tmp_path).returncode == 3
    waivers = accepting(tmp_path, "ecs:DescribeTaskDefinition")
    assert audit("run", *words, "--waivers", waivers, cwd=tmp_path).returncode == 0
    said = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())
    (gap,) = [c for c in said["coverage"] if c["error"]]
    assert (gap["tables"], gap["accepted"]) == ([], True)


def scopes(folder: Path) -> dict[str, str]:
    """Return the status of each scope of the newest snapshot, and its own under "all"."""
    with api.open(folder / "audit.duckdb") as bound:
        return {"all": bound.info.status, **{s.region: s.status for s in bound.info.scopes}}


COMPLETE = {"all": "complete", "global": "complete", "eu-west-1": "complete"}


@pytest.mark.long
@pytest.mark.parametrize("named", ["option", "file"])
def test_an_accepted_gap_leaves_a_collection_complete(tmp_path: Path, named: str) -> None:
    words = ("collect", "--from", str(refused(tmp_path, logs_DescribeLogGroups=denied())))
    assert audit(*words, cwd=tmp_path).returncode == 3
    assert scopes(tmp_path) == {**COMPLETE, "all": "partial", "eu-west-1": "partial"}
    waivers = accepting(tmp_path, "logs:DescribeLogGroups")
    (tmp_path / "c.toml").write_text(f'schema = "ecs-audit-config/1"\nwaivers = "{waivers}"\n')
    more = ("--waivers", waivers) if named == "option" else ("--config", "c.toml")
    done = audit(*words, *more, "--db", "other.duckdb", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "other.duckdb").replace(tmp_path / "audit.duckdb")
    assert scopes(tmp_path) == COMPLETE
    accepting(tmp_path, "logs:DescribeLogStreams")
    assert audit(*words, *more, "--db", "third.duckdb", cwd=tmp_path).returncode == 3


@pytest.mark.long
def test_a_disabled_region_is_no_gap_of_a_collection(tmp_path: Path) -> None:
    source = refused(tmp_path, logs_DescribeLogGroups=denied("OptInRequired"))
    done = audit("collect", "--from", str(source), cwd=tmp_path)
    assert (done.returncode, scopes(tmp_path)) == (0, COMPLETE), done.stderr
    head = json.loads((source / "recording.json").read_text())
    head["scopes"][0]["regions"].append("us-east-1")
    (source / "recording.json").write_text(json.dumps(head))
    (source / "111122223333/us-east-1").mkdir()
    for call in (call for c in collectors().values() if c.level == "region" for call in c.calls):
        path = source / f"111122223333/us-east-1/{call.service}.{call.operation}.json"
        path.write_text(json.dumps(denied("OptInRequired")))
    done = audit("collect", "--from", str(source), "--db", "b.duckdb", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "us-east-1 not_read: every call ended region_disabled" in done.stderr


def test_a_waiver_is_counted_apart(demo: Path, tmp_path: Path) -> None:
    shutil.copy(demo / "audit.duckdb", tmp_path)
    (tmp_path / "w.yaml").write_text(
        "schema: ecs-audit-waivers/1\nwaivers:\n  - {id: W-1, rules: [CTR008],"
        " resource: '*task-definition/build-agent', reason: isolated build account,"
        " owner: a@example.com, expires: 2027-03-31}\n"
    )
    words = ("--format", "json", "--select", "CTR008", "--waivers", "w.yaml")
    assert audit("check", *words, cwd=tmp_path).returncode == 0
    found = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())
    assert [f["waiver"]["id"] for f in found["findings"]] == ["W-1"]


def test_two_secrets_on_two_revisions_are_four_findings(tmp_path: Path) -> None:
    folder = tmp_path / "rec"
    shutil.copytree(ACCOUNTS / "clean", folder)
    path = folder / "111122223333/eu-west-1/ecs.DescribeTaskDefinition.json"
    found = json.loads(path.read_text())
    first = found["answers"][0]
    first["response"]["taskDefinition"]["containerDefinitions"][0]["environment"] = [
        {"name": "DB_PASSWORD", "value": "hunter2"},
        {"name": "SMTP_PASSWORD", "value": "hunter3"},
    ]
    second = json.loads(
        json.dumps(first).replace("web:1", "web:2").replace('"revision": 1', '"revision": 2')
    )
    found["answers"].append(second)
    path.write_text(json.dumps(found))
    for name, pattern in (("ecs.ListTaskDefinitions", ("web:1", "web:2")),):
        p = folder / f"111122223333/eu-west-1/{name}.json"
        arns = json.loads(p.read_text())["items"]
        p.write_text(json.dumps({"items": [*arns, arns[0].replace(*pattern)]}))
    done = audit(
        "run", "--from", str(folder), "--format", "json", "--select", "SEC002", cwd=tmp_path
    )
    rows = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())["findings"]
    assert done.returncode == 1
    assert len({r["id"] for r in rows}) == 4
    assert len({r["fingerprint"] for r in rows}) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--from", "nowhere"], "does not exist"),
        (["check", "--db", "missing.duckdb"], "does not exist"),
        (["check", "--select", "NOPE"], "matches no rule"),
        (["check", "--select", "family:secrts"], "did you mean family:secrets"),
        (["query", "--db", "missing.duckdb", "select 1"], "does not exist"),
        (["rules", "show", "SEC999"], "is no rule"),
        (["secrets", "scan", "missing.json"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, words: list[str], said: str) -> None:
    done = audit(*words, cwd=tmp_path)
    assert done.returncode in (2, 4)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_found_configuration_may_not_choose_endpoints(tmp_path: Path) -> None:
    (tmp_path / "ecs-audit.toml").write_text(
        'schema = "ecs-audit-config/1"\n[aws]\nprofile = "x"\n'
    )
    done = audit("rules", "list", cwd=tmp_path)
    assert done.returncode == 2
    assert "[aws]" in done.stderr
    assert "--config" in done.stderr
    (tmp_path / "ecs-audit.toml").write_text('schema = "ecs-audit-config/1"\nfail_onn = "high"\n')
    done = audit("rules", "list", cwd=tmp_path)
    assert "did you mean fail_on" in done.stderr


def test_policy_reads_metadata_only() -> None:
    done = audit("policy", cwd=ROOT)
    actions = json.loads(done.stdout)["Statement"][0]["Action"]
    forbidden = {
        "secretsmanager:GetSecretValue",
        "secretsmanager:BatchGetSecretValue",
        "ecr:GetDownloadUrlForLayer",
        "lambda:GetFunction",
        "kms:Decrypt",
        "sts:GetFederationToken",
        "s3:GetObject",
    }
    assert not forbidden & set(actions)
    assert all(a.split(":")[1].startswith(("Get", "List", "Describe", "Batch")) for a in actions)


def test_help_is_quick() -> None:
    began = time.process_time()
    assert audit("--help", cwd=ROOT).returncode == 0
    assert time.process_time() - began < 1


@pytest.mark.long
def test_fewer_clusters_are_no_fix(demo: Path, tmp_path: Path) -> None:
    shutil.copy(demo / "audit.duckdb", tmp_path)
    run("acme/2026-11", tmp_path, "--select", "CTR001,CTR005", "--fail-on", "never",
        "--cluster", "nowhere")  # fmt: skip
    done = audit("diff", "--select", "CTR001,CTR005", "--fail-on", "never", cwd=tmp_path)
    assert "fixed" not in done.stdout
    assert "not re-evaluated" in done.stdout, done.stdout + done.stderr


def test_diff_names_what_was_fixed(demo: Path, tmp_path: Path) -> None:
    words = ("diff", "--db", str(demo / "audit.duckdb"), "--select", "SEC001")
    done = audit(*words, cwd=tmp_path)
    assert "fixed" in done.stdout
    assert "SEC001" in done.stdout


@pytest.mark.long
def test_a_finding_is_not_fixed_where_what_runs_was_not_read(tmp_path: Path) -> None:
    first, then = refused(tmp_path / "a"), tmp_path / "b/r"
    here = first / "111122223333/eu-west-1"
    listed = json.loads((here / "ecs.ListTaskDefinitions.json").read_text())
    found = json.loads((here / "ecs.DescribeTaskDefinition.json").read_text())
    old = found["answers"][0]
    arn = old["response"]["taskDefinition"]["taskDefinitionArn"]
    newer = json.loads(
        json.dumps(old).replace(arn, arn[:-1] + "9").replace('"revision": 1', '"revision": 9')
    )
    spoilt = {"name": "DB_PASSWORD", "value": "@token:hex32@"}
    old["response"]["taskDefinition"]["containerDefinitions"][0]["environment"] = [spoilt]
    found["answers"].append(newer)
    listed["items"].append(arn[:-1] + "9")
    (here / "ecs.ListTaskDefinitions.json").write_text(json.dumps(listed))
    (here / "ecs.DescribeTaskDefinition.json").write_text(json.dumps(found))
    shutil.copytree(first, then)
    for name in ("ecs.ListServices.json", "ecs.ListTasks.json"):
        (then / f"111122223333/eu-west-1/{name}").write_text(json.dumps(denied()))
    head = (then / "recording.json").read_text()
    (then / "recording.json").write_text(head.replace("2026-11-18T", "2026-11-19T"))
    words = ("--select", "SEC002,SEC012", "--format", "json", "--fail-on", "never")
    for source in (first, then):
        done = audit("run", "--from", str(source), *words, cwd=tmp_path)
        assert done.returncode in (0, 3), done.stderr
    shown = audit("diff", *words[:2], cwd=tmp_path).stdout.splitlines()[2:]
    assert [line.split()[:4] for line in shown] == [["not", "re-evaluated", "high", "SEC002"]]
    said = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())["findings"]
    assert [(f["rule"], f["status"]) for f in said if f["rule"] == "SEC012"] == [
        ("SEC012", "unknown")
    ]
