"""``secrets scan``: every place of a definition, .env text, JSON lines, and what is none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.casebench.tokens import token
from auditor.errors import UsageError
from auditor.secrets.dotenv import assignments
from auditor.secrets.scan import Hit, reaches, render_json, render_text, scan_text
from tests.cli.test_commands import ended

PASSWORD = "S3cretPw" + "99x"
DEFINITION = {
    "family": "web",
    "containerDefinitions": [
        {
            "name": "app",
            "environment": [{"name": "DB_PASSWORD", "value": PASSWORD}, {"name": "MODE"}],
            "command": ["mysql", f"-p{PASSWORD}"],
            "entryPoint": ["sh", "-c", f"export DB_PASSWORD={PASSWORD} && run"],
            "healthCheck": {"command": ["CMD-SHELL", f"redis-cli -a {PASSWORD} ping"]},
            "dockerLabels": {"backup.password": PASSWORD},
            "logConfiguration": {"options": {"http_passwd": PASSWORD}},
            "firelensConfiguration": {"options": {"db_password": PASSWORD}},
        }
    ],
    "volumes": [
        {
            "name": "v",
            "dockerVolumeConfiguration": {
                "driverOpts": {"o": f"username=a,password={PASSWORD}"},
                "labels": {"password": PASSWORD},
            },
        }
    ],
    "proxyConfiguration": {"properties": [{"name": "Password", "value": PASSWORD}]},
    "tags": [{"key": "password", "value": PASSWORD}],
}
PLACES = (
    "environment command entryPoint healthCheck logOptions firelensOptions dockerLabels tags "
    "driverOpts labels proxyProperties"
).split()


def found(text: str) -> list[tuple[str, str, str]]:
    return [(hit.place, hit.name, hit.position) for hit in scan_text(text, "x")]


@pytest.mark.parametrize(
    "shape",
    [
        lambda d: d,
        lambda d: {
            "taskDefinition": {k: v for k, v in d.items() if k != "tags"},
            "tags": d["tags"],
        },
        lambda d: [d],
    ],
)
def test_every_place_of_a_definition_is_read(shape: Any) -> None:
    hits = scan_text(json.dumps(shape(DEFINITION)), "td.json")
    assert [hit.place for hit in hits] == PLACES
    assert {hit.container for hit in hits[:7]} == {"app"}
    shown = render_text(hits) + render_json(hits)
    assert PASSWORD not in shown
    assert [item["place"] for item in json.loads(render_json(hits))] == PLACES


def test_positions() -> None:
    assert found(json.dumps([{}, DEFINITION])[5:][:-1])[1][2] == "word 1"
    two = json.dumps([{"containerDefinitions": []}, DEFINITION])
    assert found(two)[:2] == [
        ("environment", "DB_PASSWORD", "item 2"),
        ("command", "command", "item 2 word 1"),
    ]
    lines = '\n{"name": "A", "value": "b"}\n' + json.dumps({"name": "PASS", "value": PASSWORD})
    assert found(lines) == [("environment", "PASS", "line 3")]
    data = json.dumps({"name": "u", "where": "userData", "value": f"a\nexport PASS={PASSWORD}"})
    assert found(data) == [("userData", "u", "line 2")]


def test_environment_files() -> None:
    pem = token("pem_private_key")
    text = (
        "# API_KEY=not-read\n\nFOO\nexport PORT = 80\n"
        f'DB_PASSWORD="{PASSWORD}" # production\r\n'
        f'KEY="{pem}"\nTOKEN_TTL=30 # PASSWORD={PASSWORD}\n'
    )
    line = 7 + pem.count("\n")
    assert found("\ufeff" + text) == [
        ("environment", "DB_PASSWORD", "line 5"),
        ("environment", "KEY", "line 6"),
    ]
    assert [(a.line, a.name, a.value) for a in assignments(text)][-1] == (line, "TOKEN_TTL", "30")
    assert [a.value for a in assignments("A='a#b' # c\nB=a#b # c\nC=\"x\\\" y\"\nD=\"open\n")] == [
        "a#b", "a#b", 'x\\" y', "open",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services:\n  web: x", "line 1: it is neither NAME=value nor JSON"),
        ("A=b\nsome prose here", "line 2: it is neither"),
        ('{"a": ', "line 1: it is not JSON"),
        ('{"name": "A", "value": "b"}\nnope', "line 2: it is not JSON"),
        ('{"family": "x"}', "neither containerDefinitions nor a name"),
        ('[{"name": "A", "value": 5}]', "item 1: it has neither"),
        ('{"name": "A", "value": "b", "where": "attic"}', "has a where"),
        (
            '{"name": "A", "value": "H4sIAAAAAAAAA2FiY2RlZmdoaWprbG1u", "where": "userData"}',
            "user data that is damaged",
        ),
        ('"text"', "is not a JSON object"),
        ('{"containerDefinitions": {}}', "containerDefinitions that are not a list"),
        (f"A={'a' * 200_001}", "more than 200000 characters"),
        *(
            (json.dumps({"containerDefinitions": [{"name": "app", **part}]}), said)
            for part, said in (
                ({"environment": {"A": "b"}}, "container app a environment that is not a list"),
                ({"environment": [{"name": "A", "value": 5}]}, "names with values as text"),
                ({"command": "mysql -px"}, "a command that is not a list of words"),
                ({"healthCheck": []}, "a healthCheck that is not an object"),
                ({"dockerLabels": ["a"]}, "a dockerLabels that is not an object"),
            )
        ),
        (json.dumps({"containerDefinitions": [], "tags": {}}), "definition a tags that is not"),
    ],
    ids=lambda text: text[:40],
)
def test_what_cannot_be_read_is_an_error_and_not_clean(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        scan_text(text, "x.json")
    assert str(raised.value).startswith("x.json")
    assert "\n" not in str(raised.value)


def test_exit_codes(tmp_path: Path) -> None:
    (tmp_path / "weak.env").write_text("DB_PASSWORD=hunter2\n")
    (tmp_path / "sure.env").write_text(f"CONFIG={token('github_pat')}\n")
    (tmp_path / "empty.env").write_text("")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    for wanted, name, *more in (
        (1, "weak.env"), (0, "weak.env", "--fail-on", "critical"), (1, "weak.env", "--fail-on", "low"),
        (1, "sure.env", "--fail-on", "critical"), (0, "sure.env", "--fail-on", "never"),
        (0, "empty.env"), (2, "binary"),
    ):  # fmt: skip
        ended(wanted, "secrets", "scan", name, *more, cwd=tmp_path)


def test_what_is_certain_is_critical() -> None:
    hit = scan_text(f"CONFIG={token('github_pat')}", "x")[0]
    assert isinstance(hit, Hit)
    assert reaches(hit, "critical")
    named = scan_text(f"API_KEY={token('hex32')}", "x")[0]
    assert not reaches(named, "critical")
    assert reaches(named, "high")
