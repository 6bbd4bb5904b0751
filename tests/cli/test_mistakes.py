"""What a user gets wrong: one sentence with what to do, before any work is done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import ROOT, audit

CLEAN = ("run", "--from", str(ROOT / "fixtures/accounts/clean"), "--format", "json")
SOME = ("--select", "family:clusters")


def refused(code: int, said: str, *words: str, cwd: Path, **env: str) -> None:
    done = audit(*words, cwd=cwd, **env)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--services", "ecs,iamm"], "--services iamm is not asked; did you mean iam?"),
        (["--tag", "team"], "--tag team is not KEY=VALUE"),
        (["--theme", "nowhere"], "--theme nowhere is not a folder"),
        (["--brand", "nowhere.svg"], "nowhere.svg cannot be read"),
        (["--baseline", "nowhere.json"], "is no findings.json"),
        (["--as-of", "9999-12-31T23:59:59-23:59"], "is not a time"),
        (["--rules", "nowhere"], "not a folder"),
        (["--endpoint-url", "nonsense"], "is no address"),
        (
            ["--endpoint-url", "http://me:sunflower@127.0.0.1:9"],
            "--endpoint-url holds a login, which",
        ),
        (["--role-arn", "auditor"], "is no role such as"),
    ],
)
def test_a_wrong_option_is_said_before_anything_is_read(
    tmp_path: Path, words: list[str], said: str
) -> None:
    source = () if "--endpoint-url" in words or "--role-arn" in words else CLEAN[1:]
    refused(2, said, "run", *source, *words, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('\nfail_onn = "high"', "ecs-audit.toml:2: unknown key fail_onn; did you mean fail_on?"),
        ("[scope]\n\nregion = []", "ecs-audit.toml:3: unknown key scope.region; did you mean"),
        (
            '[report]\nlabel = "x"\n[scpe]',
            "ecs-audit.toml:3: unknown key scpe; did you mean scope?",
        ),
        ('db = "x"\nfail_on = "urgent"', "ecs-audit.toml:2: Invalid enum value 'urgent'"),
        ("[thresholds]\neni_warn_pct = nan", "thresholds"),
        ('timezone = "Mars/Olympus"', "ecs-audit.toml:1: timezone Mars/Olympus is unknown"),
        ('[severity]\nIMG0001 = "low"', "[severity] IMG0001 is no rule; did you mean IMG001?"),
    ],
)
def test_a_wrong_setting_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "ecs-audit.toml").write_text(text)
    refused(2, said, *CLEAN, "--db", "other.duckdb", cwd=tmp_path)


def test_a_retired_rule_in_severity_is_one_line_and_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "ecs-audit.toml").write_text('[severity]\nSEC005 = "low"\n')
    done = audit(*CLEAN, *SOME, cwd=tmp_path)
    assert done.returncode == 0
    assert "[severity] SEC005 is retired; it went into SEC004" in done.stderr


def test_a_retired_rule_in_waivers_is_one_line(tmp_path: Path) -> None:
    entry = ("rules: [SEC005, SEC002], resource: a, reason: long enough, owner: x,"
             " expires: 2027-01-31}")  # fmt: skip
    (tmp_path / "w.yaml").write_text(
        f"schema: ecs-audit-waivers/1\nwaivers:\n  - {{id: V, {entry}\n  - {{id: W, {entry}\n"
    )
    done = audit(*CLEAN, *SOME, "--waivers", "w.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("w.yaml: SEC005 is retired; it went into SEC004") == 1


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{id: W, rules: [SEC002], resource: '*', reason: long enough, owner: x,"
         " expires: 2027-01-31}", "w.yaml:4: waiver W: resource"),
        ("{id: W, rules: [SEC002], resource: a, reason: short, owner: x, expires: 2027-01-31}",
         "w.yaml:4: waiver W: the reason"),
        ("{id: W, rules: [SEC002], resource: a, reason: long enough, owner: x, expires: 2099-01-31}",
         "w.yaml:4: waiver W: expires more than 400 days ahead"),
    ],
)  # fmt: skip
def test_a_wrong_waiver_names_its_line(tmp_path: Path, entry: str, said: str) -> None:
    first = ("{id: V, rules: [SEC002], resource: a, reason: long enough, owner: x,"
             " expires: 2027-01-31}")  # fmt: skip
    (tmp_path / "w.yaml").write_text(
        f"schema: ecs-audit-waivers/1\nwaivers:\n  - {first}\n  - {entry}\n"
    )
    refused(2, said, *CLEAN, "--waivers", "w.yaml", cwd=tmp_path)


@pytest.mark.parametrize("content", [b"hello", b"", None])
def test_a_file_that_is_no_database_is_said_before_a_collection(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "a.duckdb"
    path.mkdir() if content is None else path.write_bytes(content)
    refused(4, "a.duckdb is not a DuckDB database or is damaged", *CLEAN, "--db", "a.duckdb",
            cwd=tmp_path)  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["a.duckdb"]


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "a.duckdb") as con:
        con.execute("create table mine as select 1 as one")
    before = (tmp_path / "a.duckdb").read_bytes()
    refused(4, "was not made by ecs-audit", *CLEAN, "--db", "a.duckdb", cwd=tmp_path)
    assert (tmp_path / "a.duckdb").read_bytes() == before


def test_damage_is_not_called_a_lock(demo: Path, tmp_path: Path) -> None:
    content = bytearray((demo / "audit.duckdb").read_bytes())
    for at in range(100_000, len(content), 5_000):
        content[at] ^= 0xFF
    (tmp_path / "a.duckdb").write_bytes(content)
    for words in (["snapshots", "list"], ["check"], ["query", "select 1"]):
        refused(4, "is not a DuckDB database or is damaged", *words, "--db", "a.duckdb",
                cwd=tmp_path)  # fmt: skip
    refused(4, "none.duckdb does not exist", "snapshots", "list", "--db", "none.duckdb",
            cwd=tmp_path)  # fmt: skip


@pytest.mark.parametrize("name", ["", "2026", "zzz", "latest~9", "latest~x", "latest~²"])
def test_a_snapshot_that_is_not_there(demo: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(demo / "audit.duckdb", tmp_path)
    refused(4, "audit.duckdb", "check", "--snapshot", name, "--format", "json", cwd=tmp_path)


@pytest.mark.long
def test_a_filter_that_no_cluster_fits_is_never_clean(tmp_path: Path) -> None:
    for words in (["--cluster", "nope"], ["--tag", "team=nobody"]):
        done = audit(*CLEAN, *SOME, *words, cwd=tmp_path)
        assert done.returncode == 4
        assert f"No cluster was read that fits {' '.join(words)}." in done.stderr
    done = audit(*CLEAN, *SOME, "--cluster", "main", "--cluster", "nope", cwd=tmp_path)
    assert done.returncode == 0
    assert "no cluster nope was read" in done.stderr


def test_the_demo_does_not_delete_audits_of_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "ecs-audit-out"
    folder.mkdir()
    shutil.copytree(ROOT / "fixtures/accounts/empty", tmp_path / "own")
    head = tmp_path / "own/recording.json"
    head.write_text(head.read_text().replace("111122223333", "999988887777"))
    (tmp_path / "own/111122223333").rename(tmp_path / "own/999988887777")
    assert audit("collect", "--from", "own", "--db", "ecs-audit-out/audit.duckdb",
                 cwd=tmp_path).returncode in (0, 3)  # fmt: skip
    before = (folder / "audit.duckdb").read_bytes()
    refused(4, "holds audits of other accounts", "demo", cwd=tmp_path)
    assert (folder / "audit.duckdb").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "holds no task definition"),
        ('{"family": "web", "containerDefinitions": []}', "holds no containerDefinitions"),
        ('{"family": "web", "containerDefinitions": null}', "holds no containerDefinitions"),
        ('{"Resources": {}}', "is a CloudFormation template"),
        ("family: web", "is not JSON"),
        ('[{"family": "w", "containerDefinitions": [{"name": "a", "image": "b"}]},'
         ' {"family": "w", "containerDefinitions": [{"name": "a", "image": "b"}]}]',
         "file:td.json#w stands twice"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_definition_is_never_clean(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "td.json").write_text(content)
    refused(2, said, "check", "--task-definition", "td.json", "--format", "json", cwd=tmp_path)


def test_a_definition_is_linted_as_described_as_registered_and_with_a_mark(tmp_path: Path) -> None:
    definition = {"family": "web", "containerDefinitions": [
        {"name": "a", "image": "nginx:latest",
         "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]}  # fmt: skip
    found = []
    for text in (
        json.dumps(definition),
        json.dumps({"taskDefinition": {**definition, "revision": 7, "status": "ACTIVE"}}),
        "\ufeff" + json.dumps([definition]),
    ):
        (tmp_path / "td.json").write_text(text)
        done = audit("check", "--task-definition", "td.json", "--format", "json", cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        rows = json.loads((tmp_path / "ecs-audit-out/findings.json").read_text())["findings"]
        found.append({(f["rule"], f["resource"], f["part"], f["severity"]) for f in rows})
    assert ("SEC002", "file:td.json#web", "container/a/environment/DB_PASSWORD", "high") in found[0]
    assert found[0] == found[1] == found[2]


OLD = {"Version": 1, "AccessKeyId": "x", "SecretAccessKey": "x", "SessionToken": "x",
       "Expiration": "2020-01-01T00:00:00Z"}  # fmt: skip


@pytest.mark.parametrize(("printed", "said"), [
    (f"echo '{json.dumps(OLD)}'", "The AWS credentials have expired; log in again"),
    ("echo nonsense", "the credential process printed no JSON"),
    ("false", "AWS credentials could not be loaded"),
])  # fmt: skip
def test_a_credential_process_that_fails_is_one_sentence(
    tmp_path: Path, printed: str, said: str
) -> None:
    process = tmp_path / "process.sh"
    process.write_text(printed)
    config = tmp_path / "config"
    config.write_text(f"[profile odd]\nregion = eu-west-1\ncredential_process = sh {process}\n")
    # Nothing listens there: whoever gets so far is told so.
    words = (
        "collect",
        "--profile",
        "odd",
        "--db",
        "a.duckdb",
        "--endpoint-url",
        "http://127.0.0.1:9",
    )
    done = audit(*words, cwd=tmp_path, AWS_CONFIG_FILE=str(config), AWS_MAX_ATTEMPTS="1")
    assert done.returncode == 4
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert ": ." not in done.stderr


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("as_of: yesterday", "'yesterday' is no time"),
        (
            "ecs.DescribeTaskDefinition: [{family: null}]",
            "ecs.DescribeTaskDefinition: item 1 takes family away",
        ),
        ("ecs.DescribeClusters: [3]", "ecs.DescribeClusters: item 1 is 3, no mapping"),
    ],
)
def test_a_mistake_in_a_case_file_is_told_with_its_line(
    tmp_path: Path, case: str, said: str
) -> None:
    (tmp_path / "CTR001.yaml").write_text(f"good:\n  first: {{}}\n  second:\n    {case}\n")
    words = ("rules", "test", "--cases", ".", "--select", "CTR001")
    refused(2, f"CTR001.yaml:3: {said}", *words, cwd=tmp_path)


def test_what_a_case_misspells_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "CTR001.yaml").write_text(
        "good:\n  first:\n    ecs.DescribeServices: [{launchTyp: EC2}]\n"
    )
    done = audit("rules", "test", "--cases", ".", "--select", "CTR001", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == "1 passed, 0 failed\n"
    said = "CTR001.yaml:2: ecs.DescribeServices has no member launchTyp; did you mean launchType?\n"
    assert done.stderr.endswith(said)
