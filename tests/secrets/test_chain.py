"""The whole chain on an account with a secret in every place: no byte of one gets out."""

from __future__ import annotations

import base64
import functools
import gzip
import importlib
import json
import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np
import pypdf
import pytest

from auditor.casebench.tokens import MADE, token
from auditor.resources import builtin
from auditor.secrets import masking
from auditor.secrets.masking import UNCLASSIFIED, Classified, Masker
from auditor.snapshot.writer import Writer
from bench.secrets.corpus import corpus
from tests import forks
from tests.conftest import KEY
from tests.pdftext import pages

ACCOUNT, REGION = "111122223333", "eu-west-1"
FORMATS = "html,json,csv,md,sarif,junit,ocsf,asff"
DAEMON = f"arn:aws:ecs:{REGION}:{ACCOUNT}:daemon/main/agent"
DAEMON_REVISION = f"arn:aws:ecs:{REGION}:{ACCOUNT}:daemon-revision/main/agent/1"
DAEMON_DEFINITION = f"arn:aws:ecs:{REGION}:{ACCOUNT}:daemon-task-definition/agent:1"
EXPRESS = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/main/express"
Item = dict[str, Any]


def secrets() -> list[str]:
    """Return credentials of every vendor and form; short weak ones would be found by chance."""
    made = [token(name) for name in sorted(MADE)]
    for entries in corpus(seed=11, size=3).values():
        made += [
            entry.value for entry in entries
            if entry.secret and isinstance(entry.value, str) and entry.group != "weak password"
        ]  # fmt: skip
    return sorted({one for one in made if len(one) >= 12})


def multipart(lines: list[str]) -> str:
    script = "\n".join(["#!/bin/bash", *lines])
    packed = base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode()
    return (
        'Content-Type: multipart/mixed; boundary="==X=="\nMIME-Version: 1.0\n\n'
        "--==X==\nContent-Type: text/cloud-boothook\n\necho ECS_CLUSTER=main\n"
        "--==X==\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n"
        f"{packed}\n--==X==--\n"
    )


def every_place(one: list[str]) -> list[Item]:
    """Return container definitions that hold each secret in each place of a container."""
    named = {f"S_{n}": secret for n, secret in enumerate(one)}
    flags = [f"--api-token={secret}" for secret in one]
    return [
        {"name": "api", "environment": [{"name": f"API_SECRET_{k}", "value": v} for k, v in named.items()]},
        {"name": "plain", "environment": [{"name": f"VALUE_{k}", "value": v} for k, v in named.items()]},
        {"name": "cmd", "command": ["run", *flags], "entryPoint": ["/start", *flags]},
        {"name": "probe", "healthCheck": {"command": ["CMD", "check", *flags]}},
        {"name": "label", "dockerLabels": {f"com.example.token.{k}": v for k, v in named.items()}},
        {"name": "log", "logConfiguration": {"logDriver": "splunk", "options": {f"{k}-token": v for k, v in named.items()}}},
        {"name": "router", "firelensConfiguration": {"type": "fluentbit", "options": {f"{k}-password": v for k, v in named.items()}}},
    ]  # fmt: skip


def odd_shapes(one: list[str]) -> list[Item]:
    """Return containers that AWS never sends: a reader that trips over them must not quote them."""
    return [
        {"name": "odd", "environment": {"name": one[0], "value": one[1]}, "command": one[2], "dockerLabels": [one[3]]},
        {"name": "odd2", "environment": [{"name": "API_SECRET", "value": [one[4]]}, {"name": [one[5]], "value": "x"}, one[6]]},
        {"name": "odd3", "memory": one[7], "portMappings": one[8], "secrets": [{"name": one[9], "valueFrom": [one[10]]}]},
    ]  # fmt: skip


def elsewhere(folder: Path, one: list[str]) -> None:
    """Add the containers of a daemon and an Express service, and tags of what ECS leans on."""
    here = folder / ACCOUNT / REGION
    tags = [{"Key": f"secret-{n}", "Value": secret} for n, secret in enumerate(one)]
    daemon = {"daemonArn": DAEMON, "currentRevisions": [{"arn": DAEMON_REVISION}]}
    definition = {"daemonTaskDefinitionArn": DAEMON_DEFINITION, "family": "agent", "revision": 1,
                  "status": "ACTIVE", "containerDefinitions": every_place(one)}  # fmt: skip
    container = {"image": "web", "environment": [{"name": f"DB_PASSWORD_{n}", "value": s} for n, s in enumerate(one)],
                 "command": [f"--password={s}" for s in one]}  # fmt: skip
    express = {"serviceArn": EXPRESS, "serviceName": "express", "cluster": "main",
               "activeConfigurations": [{"serviceRevisionArn": f"{EXPRESS}/1", "primaryContainer": container}]}  # fmt: skip
    service = {"serviceArn": EXPRESS, "serviceName": "express", "resourceManagementType": "ECS",
               "clusterArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main", "status": "ACTIVE"}  # fmt: skip
    added: dict[str, list[Any]] = {
        "ecs.ListDaemons": [{"daemonArn": DAEMON}],
        "ecs.DescribeDaemonRevisions": [
            {"daemonRevisionArn": DAEMON_REVISION, "daemonTaskDefinitionArn": DAEMON_DEFINITION}
        ],
        "ecs.ListServices": [EXPRESS],
        "ecs.DescribeServices": [service],
        "efs.DescribeFileSystems": [
            {"FileSystemId": "fs-0123456789abcdef0", "Tags": tags,
             "FileSystemArn": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-0123456789abcdef0"}
        ],
        "secretsmanager.ListSecrets": [
            {"ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:x-AbCdEf", "Name": "x", "Tags": tags}
        ],
    }  # fmt: skip
    answers = {
        "ecs.DescribeDaemon": ({"daemonArn": DAEMON}, {"daemon": daemon}),
        "ecs.DescribeDaemonTaskDefinition": (
            {"daemonTaskDefinition": DAEMON_DEFINITION}, {"daemonTaskDefinition": definition}
        ),
        "ecs.DescribeExpressGatewayService": ({"serviceArn": EXPRESS}, {"service": express}),
    }  # fmt: skip
    for name, more in added.items():
        path = here / f"{name}.json"
        found = json.loads(path.read_text()) if path.exists() else {"items": []}
        found["items"] += more
        path.write_text(json.dumps(found))
    for name, (params, response) in answers.items():
        answer = {"answers": [{"params": params, "response": response}]}
        (here / f"{name}.json").write_text(json.dumps(answer))
    for path, member in ((here / "autoscaling.DescribeAutoScalingGroups.json", "Tags"),
                         (folder / ACCOUNT / "global" / "iam.GetAccountAuthorizationDetails.RoleDetailList.json", "Tags")):  # fmt: skip
        found = json.loads(path.read_text())
        found["items"][0][member] = tags
        path.write_text(json.dumps(found))


def account(folder: Path, one: list[str]) -> Path:
    """Write a recording of an account that shows the secrets everywhere."""
    shutil.copytree(builtin("worlds") / "ec2", folder)
    here = folder / ACCOUNT / REGION
    tags = [{"key": f"password-{n}", "value": secret} for n, secret in enumerate(one)]

    def change(name: str, edit: Any) -> None:
        path = here / f"{name}.json"
        found = json.loads(path.read_text()) if path.exists() else {"items": []}
        edit(found)
        path.write_text(json.dumps(found))

    def definition(found: Item) -> None:
        answer = found["answers"][0]["response"]
        for number, container in enumerate(odd_shapes(one)):
            arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/odd{number}:1"
            odd = {
                **answer["taskDefinition"],
                "taskDefinitionArn": arn,
                "family": f"odd{number}",
                "containerDefinitions": [container],
            }
            found["answers"].append(
                {"params": {"taskDefinition": arn}, "response": {"taskDefinition": odd}}
            )
        answer["tags"] = tags
        answer["taskDefinition"]["containerDefinitions"] += every_place(one)
        answer["taskDefinition"]["volumes"] = [
            {
                "name": f"v{n}",
                "dockerVolumeConfiguration": {"driverOpts": {"o": f"username=a,password={s}"}},
            }
            for n, s in enumerate(one)
        ]
        answer["taskDefinition"]["proxyConfiguration"] = {"containerName": "app", "properties": [{"name": "SECRET", "value": s} for s in one]}  # fmt: skip

    def first(edit: Item) -> Any:
        return lambda found: found["items"][0].update(edit)

    overrides = {
        "containerOverrides": [
            {"name": "app", "command": [f"--password={s}" for s in one],
             "environment": [{"name": f"DB_PASSWORD_{n}", "value": s} for n, s in enumerate(one)]
             + [{"name": "ONLY_HERE_PASSWORD", "value": one[0][::-1]}]}
        ]
    }  # fmt: skip
    log = {"logDriver": "splunk", "options": {f"token-{n}": s for n, s in enumerate(one)}}
    deployed = {
        "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "COMPLETED",
                         "taskDefinition": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:1",
                         "serviceConnectConfiguration": {"enabled": True, "logConfiguration": log}}]
    }  # fmt: skip
    lines = [f"export DB_PASSWORD_{n}='{s}'" for n, s in enumerate(one)]
    template = {"LaunchTemplateId": "lt-0aa1", "VersionNumber": 1, "DefaultVersion": True,
                "LaunchTemplateData": {"UserData": base64.b64encode("\n".join(lines).encode()).decode()}}  # fmt: skip
    change("ecs.DescribeTaskDefinition", definition)
    odd = [f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/odd{n}:1" for n in range(3)]
    change("ecs.ListTaskDefinitions", lambda found: found["items"].extend(odd))
    change("ecs.DescribeTasks", first({"overrides": overrides, "tags": tags}))
    change("ecs.DescribeServices", first({"tags": tags, **deployed}))
    change("ecs.DescribeClusters", first({"tags": tags}))
    change("ecs.DescribeContainerInstances", first({"tags": tags}))
    change("ec2.DescribeInstances", first({"Tags": [
        {"Key": "aws:ec2launchtemplate:id", "Value": "lt-0aa1"}, {"Key": "aws:ec2launchtemplate:version", "Value": "1"},
        *({"Key": t["key"], "Value": t["value"]} for t in tags)]}))  # fmt: skip
    change("ec2.DescribeInstanceAttribute", lambda found: found["items"].append(
        {"InstanceId": "i-0000000000000ci1", "UserData": {"Value": multipart(lines)}}))  # fmt: skip
    change("ec2.DescribeLaunchTemplateVersions", lambda found: found["items"].append(template))
    elsewhere(folder, one[::5])
    return folder


def run(
    folder: Path,
    recording: Path,
    *words: str,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    env = {**os.environ, "ECS_AUDIT_FINGERPRINT_KEY": KEY, "TMPDIR": str(temporary),
           "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}  # fmt: skip
    asked = ("run", "--from", str(recording), "-vv", "--format", FORMATS, *words)
    done = forks.run(asked, folder, env, before)
    (folder / "stdout.txt").write_text(done.stdout)
    (folder / "stderr.txt").write_text(done.stderr)
    return done


def leaks(folder: Path, one: list[str]) -> dict[str, list[str]]:
    """Return the files that hold a secret, plain or in another spelling."""
    spelt = sorted({form.encode() for secret in one for form in spellings(secret)})
    found: dict[str, list[str]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        texts = [path.read_bytes()]
        if path.suffix == ".pdf":
            texts += pdf_texts(path)
        hits = held(spelt, b"\n".join(texts))
        if hits:
            found[path.name] = [form[:6].decode("utf-8", "replace") + "…" for form in hits[:3]]
    return found


def held(spelt: list[bytes], whole: bytes) -> list[bytes]:
    """Return the spellings that stand somewhere, each of at least eight bytes.

    A text is read once for all of them: only where the first eight bytes of one stand may it be.
    """
    assert all(len(form) >= 8 for form in spelt)
    heads = np.unique(np.frombuffer(b"".join(form[:8] for form in spelt), "<u8"))
    begins = np.zeros(1 << 20, bool)
    begins[slots(heads)] = True
    seen: set[int] = set()
    for shift in range(min(8, max(0, len(whole) - 7))):
        windows = np.frombuffer(whole, "<u8", (len(whole) - shift) // 8, shift)
        seen.update(np.intersect1d(windows[begins[slots(windows)]], heads).tolist())
    return [form for form in spelt if int.from_bytes(form[:8], "little") in seen and form in whole]


def slots(windows: np.ndarray) -> np.ndarray:
    """Spread eight bytes each over a million slots (Fibonacci hashing)."""
    return (windows * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(44)


def spellings(secret: str) -> set[str]:
    lines = [part for part in secret.splitlines() if len(part) >= 12]
    plain = {secret, *lines}
    return {
        form for text in plain
        for form in (text, quote(text, safe=""), json.dumps(text)[1:-1], text.replace("&", "&amp;"),
                     base64.b64encode(text.encode()).decode().rstrip("="))
    }  # fmt: skip


def pdf_texts(path: Path) -> list[bytes]:
    texts = [text.encode() for text in pages(path.read_bytes())]
    texts += [data for files in pypdf.PdfReader(path).attachments.values() for data in files]
    for obj in re.findall(rb"stream\r?\n(.*?)endstream", path.read_bytes(), re.DOTALL):
        try:
            texts.append(zlib.decompress(obj))
        except zlib.error:
            continue
    return texts


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    one = secrets()
    assert len(one) > 200
    return account(tmp_path_factory.mktemp("seeded") / "recording", one), one


@pytest.mark.long
def test_nothing_of_a_secret_gets_out(seeded: tuple[Path, list[str]], tmp_path: Path) -> None:
    recording, one = seeded
    words = ("--record", str(tmp_path / "masked"), "--format", f"{FORMATS},pdf")
    done = run(tmp_path, recording, *words)
    assert done.returncode == 1, done.stderr
    written = {path.name for path in tmp_path.rglob("*")}
    assert {
        "audit.duckdb",
        "report.html",
        "report.pdf",
        "findings.json",
        "recording.json",
    } <= written
    assert leaks(tmp_path, [*one, one[0][::-1]]) == {}
    report = json.loads((tmp_path / "ecs-audit-out" / "findings.json").read_text())
    fired = {f["rule"] for f in report["findings"] if f["status"] == "fail"}
    rules = "SEC001 SEC002 SEC004 SEC006 SEC007 SEC008 SEC010 SEC011"
    assert set(rules.split()) <= fired
    seen = {f["resource"] for f in report["findings"] if f["rule"] == "SEC001"}
    assert {DAEMON_DEFINITION, f"{EXPRESS}/1"} <= seen


def test_the_search_finds_what_is_there(seeded: tuple[Path, list[str]], tmp_path: Path) -> None:
    _, one = seeded
    (tmp_path / "a.log").write_text(f"value {quote(one[5], safe='')}")
    assert list(leaks(tmp_path, one)) == ["a.log"]


def misplaced(folder: Path, one: list[str]) -> Path:
    """Write an account in which credentials stand where AWS expects names, paths and addresses."""
    shutil.copytree(builtin("worlds") / "fargate", folder)
    path = folder / ACCOUNT / REGION / "ecs.DescribeTaskDefinition.json"
    found = json.loads(path.read_text())
    answer = found["answers"][0]["response"]
    answer["tags"] = [{"key": s, "value": ""} for s in one]
    answer["taskDefinition"]["volumes"] = [
        {"name": f"v{n}", "host": {"sourcePath": s},
         "dockerVolumeConfiguration": {"driver": s, "driverOpts": {s: "1"}, "labels": {s: "1"}}}
        for n, s in enumerate(one)
    ]  # fmt: skip
    answer["taskDefinition"]["containerDefinitions"] += [
        {
            "name": f"c{n}", "image": s, "user": s, "hostname": s, "workingDirectory": s,
            "environment": [{"name": s, "value": ""}], "dockerLabels": {s: ""},
            "secrets": [{"name": s, "valueFrom": s}],
            "environmentFiles": [{"type": "s3", "value": s}],
            "repositoryCredentials": {"credentialsParameter": s},
            "logConfiguration": {"logDriver": "splunk", "options": {s: "1"},
                                 "secretOptions": [{"name": s, "valueFrom": s}]},
            "dependsOn": [{"containerName": s, "condition": "START"}],
            "mountPoints": [{"sourceVolume": "v0", "containerPath": s}],
            "extraHosts": [{"hostname": s, "ipAddress": "10.0.0.1"}], "dnsServers": [s],
            "dockerSecurityOptions": [s], "systemControls": [{"namespace": s, "value": s}],
        }
        for n, s in enumerate(one)
    ]  # fmt: skip
    path.write_text(json.dumps(found))
    return folder


@pytest.mark.long
def test_a_credential_where_none_belongs_gets_no_further(tmp_path: Path) -> None:
    forms = ("github_pat", "slack_bot_token", "gitlab_pat", "jwt", "pem_private_key")
    one = [*map(token, forms), f"postgres://app:{token('password')}@db.internal/x"]
    recording = misplaced(tmp_path / "given", one)
    done = run(tmp_path / "run", recording, "--record", str(tmp_path / "run" / "masked"))
    assert done.returncode == 1, done.stderr
    assert leaks(tmp_path / "run", [*one, token("password")]) == {}
    report = json.loads((tmp_path / "run" / "ecs-audit-out" / "findings.json").read_text())
    told = {f["part"].split("/")[2] for f in report["findings"]
            if f["rule"] == "SEC001" and f["status"] == "fail" and f["part"].count("/") > 1}  # fmt: skip
    assert told == {"environment", "secret", "log-option"}
    again = run(tmp_path / "again", tmp_path / "run" / "masked")
    assert again.returncode == 1, again.stderr
    replayed = json.loads((tmp_path / "again" / "ecs-audit-out" / "findings.json").read_text())
    assert [f["id"] for f in replayed["findings"]] == [f["id"] for f in report["findings"]]


def test_a_linted_file_is_guarded_too(tmp_path: Path) -> None:
    pasted = f"postgres://app:{token('password')}@db.internal/x"
    container = {"name": "a", "image": pasted, "secrets": [{"name": "K", "valueFrom": pasted}]}
    definition = tmp_path / "definition.json"
    definition.write_text(json.dumps({"family": None, "containerDefinitions": [container]}))
    words = ("check", "--task-definition", str(definition), "--format", FORMATS)
    done = forks.run(words, tmp_path, {**os.environ, "ECS_AUDIT_FINGERPRINT_KEY": KEY})
    assert done.returncode == 1, done.stderr
    assert token("password") not in done.stdout + done.stderr
    definition.unlink()
    assert leaks(tmp_path, [token("password")]) == {}


def break_(module: str, name: str) -> None:
    """Let a part of the program fail with all that it was given in its message."""

    def broken(*given: Any, **named: Any) -> None:
        raise RuntimeError(f"cannot use {given} {named}")

    setattr(importlib.import_module(f"auditor.{module}"), name, broken)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("secrets.masking", "judge"),
        ("collectors.containers", "split_image"),
        ("collectors.tasks", "tag_rows"),
        ("snapshot.writer", "stored"),
        ("api", "findings"),
        ("formats.html", "write"),
    ],
)
def test_a_fault_of_the_program_tells_nothing(tmp_path: Path, module: str, name: str) -> None:
    one = secrets()[::12]
    recording = account(tmp_path / "recording", one)
    (tmp_path / "run").mkdir()
    tmp_path /= "run"
    done = run(tmp_path, recording, before=functools.partial(break_, module, name))
    assert done.returncode == 4, done.stderr[-500:]
    assert "RuntimeError" in done.stderr
    assert leaks(tmp_path, one) == {}


def refuse() -> None:
    """Let the database meet a text where a number belongs: it prints what it cannot store."""
    whole = Writer._flush

    def spoilt(self: Writer, name: str) -> None:
        rows = self._rows.get(name) or []
        at = (
            next((n for n, cell in enumerate(rows[0]) if type(cell) is int), None) if rows else None
        )
        if name == "container_environment" and at is not None:
            self._rows[name] = [(*row[:at], token("github_pat"), *row[at + 1 :]) for row in rows]
        whole(self, name)

    Writer._flush = spoilt  # type: ignore[method-assign]


def test_a_row_that_the_database_refuses_is_not_printed(tmp_path: Path) -> None:
    one = secrets()[::12]
    done = run(tmp_path / "run", account(tmp_path / "recording", one), before=refuse)
    assert done.returncode == 4, done.stderr[-500:]
    assert "rows of container_environment could not be stored" in done.stderr
    assert leaks(tmp_path / "run", [*one, token("github_pat")]) == {}


@pytest.mark.parametrize(
    "raw",
    [
        "#!/bin/bash\n./join --word open-sesame-7\necho ECS_CLUSTER=main >>ecs.config\n",
        "#!/bin/bash\nyum -y update\nexport DB_PASSWORD=open-sesame-7\n",
        "iptables -I DOCKER-USER -d 169.254.169.254 -j DROP\nexport DB_PASSWORD=open-sesame-7\n",
        f"export AWS_ACCESS_KEY_ID={token('aws_access_key_id')}\nECS_ENGINE_AUTH_DATA=open-sesame-7\n",
        base64.b64encode(b"\x1f\x8bno gzip open-sesame-7").decode(),
    ],
)
def test_all_that_is_read_of_a_script_is_recorded_and_no_word_of_it(raw: str) -> None:
    masker, reader = Masker(bytes(32)), Masker(bytes(32), accept_masked=True)
    kept = json.loads(json.dumps(masker.user_data_for_recording(raw)))
    assert "sesame" not in json.dumps(kept)
    assert "yum" not in json.dumps(kept)
    for read in (Masker.user_data, Masker.agent_settings):
        assert [(place, stored(one)) for place, one in read(reader, kept)] == [
            (place, stored(one)) for place, one in read(masker, raw)
        ]
    assert reader.blocks_metadata(kept) is masker.blocks_metadata(raw)
    # Nowhere else is it more than something that nobody can read.
    assert masker.user_data(kept) == [("", UNCLASSIFIED)]
    assert masker.agent_settings(kept) == []
    assert masker.blocks_metadata(kept) is None


def stored(one: Classified) -> Classified:
    """Return what a verdict leaves in the database."""
    return msgspec.structs.replace(one, reason=None)


def test_no_user_data_is_recorded_as_none() -> None:
    assert Masker(bytes(32)).user_data_for_recording("") == ""


@pytest.mark.parametrize(
    "script",
    [
        {"hits": [["line 3; drop", {}]]},
        {"hits": [["line 3", "DB_PASSWORD"]]},
        {"settings": {"DB_PASSWORD": "open-sesame-7"}},
        {"blocks_metadata": "yes"},
        ["hits"],
    ],
)
def test_a_script_of_another_form_tells_nothing(script: object) -> None:
    reader = Masker(bytes(32), accept_masked=True)
    kept = {"@masked": {"cls": "secret", "confidence": "high", "script": script}}
    assert reader.user_data(kept) == [("", Classified("secret", None, "high"))]
    assert reader.agent_settings(kept) == []
    assert reader.blocks_metadata(kept) is None


def spoil() -> None:
    """Let the classifier fail over one value."""
    whole = masking.judge

    def judge(name: str, value: Any, where: str) -> Any:
        if name == "BROKEN":
            raise RecursionError(value)
        return whole(name, value, where)

    masking.judge = judge  # type: ignore[assignment]


def test_a_value_that_nobody_could_classify_is_unknown_and_a_gap(tmp_path: Path) -> None:
    recording = tmp_path / "recording"
    shutil.copytree(builtin("worlds") / "fargate", recording)
    path = recording / ACCOUNT / REGION / "ecs.DescribeTaskDefinition.json"
    found = json.loads(path.read_text())
    container = found["answers"][0]["response"]["taskDefinition"]["containerDefinitions"][0]
    container["environment"] = [
        {"name": "BROKEN", "value": "x"},
        {"name": "GITHUB_TOKEN", "value": token("github_pat")},
    ]
    path.write_text(json.dumps(found))
    words = ("--select", "SEC001", "--select", "SEC002")
    done = run(tmp_path, recording, *words, before=spoil)
    assert done.returncode == 1, done.stderr
    report = json.loads((tmp_path / "ecs-audit-out" / "findings.json").read_text())
    seen = {(f["rule"], f["part"], f["status"], f["unknown_cause"]) for f in report["findings"]}
    spot = "container/app/environment"
    assert ("SEC001", f"{spot}/BROKEN", "unknown", "gap") in seen
    assert ("SEC002", f"{spot}/BROKEN", "unknown", "gap") in seen
    assert ("SEC001", f"{spot}/GITHUB_TOKEN", "fail", None) in seen
    gaps = [c for c in report["coverage"] if c["status"] == "failed" and c["resource"]]
    assert [gap["resource"].rsplit("/", 1)[-1] for gap in gaps] == ["web:1"]
    assert report["check"]["exit_code"] == 1
