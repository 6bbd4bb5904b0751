"""Documentation under test: blocks run, pages are made, links hold, steps are followed."""

from __future__ import annotations

import configparser
import datetime
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

import auditor
from auditor import catalog, config, waivers
from auditor.cli import main
from auditor.rules import load_all
from auditor.snapshot.ddl import ledger
from tests.conftest import ROOT, audit

BLOCKS = re.findall(
    r"## (.+?)\n```sql\n(.+?)```", (ROOT / "docs/cookbook.md").read_text(), re.DOTALL
)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")),
         *sorted((ROOT / "examples").glob("*/README.md"))]  # fmt: skip
SCHEDULED = ROOT / "examples/scheduled-audit"
# These ask AWS, or make an environment of their own.
ELSEWHERE = ("make ", "ecs-audit run", "ecs-audit collect")
# The demo is what every reader's folder is made of here, and every case runs in its own test.
DONE = ("ecs-audit demo", "ecs-audit rules test")


def shell_lines(page: Path) -> list[str]:
    """Return the commands of a page's sh blocks without their comments."""
    blocks = re.findall(r"^ *```sh\n(.+?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(ELSEWHERE)]


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which ``ecs-audit`` is this checkout."""
    tool = tmp_path / "bin/ecs-audit"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m auditor "$@"\n')
    tool.chmod(0o755)
    return {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{tool.parent}:{os.environ['PATH']}"}


@pytest.fixture
def place(demo: Path, tmp_path: Path) -> Path:
    """Return a folder as a reader has it: rules, examples, a database."""
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copytree(ROOT / "rules", folder / "rules")
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copy(demo / "audit.duckdb", folder / "audit.duckdb")
    return folder


def test_there_are_twenty_questions() -> None:
    assert len(BLOCKS) >= 20


@pytest.mark.parametrize(("question", "sql"), BLOCKS, ids=[b[0] for b in BLOCKS])
def test_cookbook_runs(demo: Path, question: str, sql: str) -> None:
    with auditor.open(demo / "audit.duckdb") as snapshot:
        assert snapshot.select(sql).names


@pytest.mark.long
@pytest.mark.parametrize("page", ["README.md", "docs/start-here.md", "docs/writing-rules.md"])
def test_shell_blocks_run(page: str, place: Path, shell: dict[str, str]) -> None:
    lines = shell_lines(ROOT / page)
    assert lines
    (place / "my-rules").mkdir()
    for path in (ROOT / "examples/extra-rules").glob("ACM*"):
        shutil.copy(path, place / "my-rules")
    for line in lines:
        if line not in DONE:
            done = subprocess.run(["sh", "-c", line], cwd=place, env=shell, capture_output=True,
                                  text=True, check=False)  # fmt: skip
            assert done.returncode in (0, 1), (line, done.stderr)


@pytest.mark.long
def test_a_rule_in_ten_minutes_step_by_step(place: Path, shell: dict[str, str]) -> None:
    outputs = {}
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert text.index("Add a rule in ten minutes") < 100
    # The new rule lies in a folder of the reader's checkout; the shipped ones are elsewhere here.
    for path in (place / "rules").rglob("*.*"):
        path.unlink()
    for line in shell_lines(ROOT / "CONTRIBUTING.md"):
        done = subprocess.run(["sh", "-c", line], cwd=place, env=shell, capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert done.returncode == 0, (line, done.stderr)
        outputs[line] = done.stdout
    assert outputs["ecs-audit rules test rules/containers --select CTR090"].endswith(" 0 failed\n")
    assert (place / "pages/CTR090.md").exists()


def test_readme_is_short_and_has_a_picture() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    assert "![" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_hold(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert link.startswith("https://") or (page.parent / link).exists(), link


def test_every_command_and_exit_code_is_documented() -> None:
    text = "".join(page.read_text() for page in PAGES)
    for name, command in main.commands.items():
        for inner in getattr(command, "commands", {"": None}):
            assert name in text
            assert inner in text, (name, inner)
    for code in ("0", "1", "2", "3", "4", "130, 143"):
        assert f"| {code} |" in text


def options_of(command: Any) -> set[str]:
    """Return the long options of a command and of what is in it."""
    found = {o for p in command.params for o in p.opts if o.startswith("--")}
    return found.union(*(options_of(c) for c in getattr(command, "commands", {}).values()))


def test_every_option_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    missing = [o for o in options_of(main) - {"--version"} if not re.search(rf"`[^`]*{o}\b", text)]
    assert missing == []


def test_every_setting_is_documented_and_the_example_is_read(tmp_path: Path) -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    block = re.search(r"```toml\n(.+?)```", text, re.DOTALL)
    assert block
    path = tmp_path / "audit.toml"
    path.write_text(block[1])
    settings = config.load(str(path)).settings
    assert settings.scope.tags == {"team": "shop"}
    written = tomllib.loads(block[1])
    for name, section in {"": config.Settings, **config.SECTIONS}.items():
        here: Any = written
        for step in filter(None, name.split(".")):
            here = here[step]
        here = here[0] if isinstance(here, list) else here
        assert set(section.__struct_fields__) == set(here), name


def test_the_example_of_waivers_is_read(tmp_path: Path) -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    block = re.search(r"```yaml\n(.+?)```", text, re.DOTALL)
    assert block
    path = tmp_path / "waivers.yaml"
    path.write_text(block[1])
    found = waivers.load(path, datetime.date(2026, 11, 26))
    assert [w.id for w in found.waivers] == ["W-2026-014"]
    assert len(found.accepted_gaps) == 1


@pytest.mark.long
def test_the_brand_theme_is_rendered(place: Path, shell: dict[str, str]) -> None:
    for line in shell_lines(ROOT / "examples/brand-theme/README.md"):
        subprocess.run(["sh", "-c", line], cwd=place, env=shell, check=True, capture_output=True)
    page = (place / "ecs-audit-out/report.html").read_text()
    tokens = (ROOT / "examples/brand-theme/tokens.css").read_text()
    colour = re.search(r"--accent:\s*(#\w+)", tokens) or re.search(r"(#[0-9a-fA-F]{6})", tokens)
    assert colour
    assert colour[1] in page


def test_generated_pages_name_every_rule_and_table(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = {path.name: path.read_text() for path in module.main(tmp_path)}
    for rule in load_all().values():
        assert rule.sql in made[f"{rule.id}.md"]
        assert f"[{rule.id}]" in made["README.md"]
    for name in (*catalog.tables(), *catalog.views(), *ledger()):
        assert f"\n## {name}\n" in made["schema.md"]


def test_notebook_runs(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.parent)
    names: dict[str, Any] = {}
    cells = json.loads((ROOT / "docs/notebook.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] for cell in code)
    for cell in code:
        exec(cell["source"], names)  # noqa: S102 - the notebook is ours
    assert len(names["findings"]) > 0
    assert len(names["headroom"]) > 0


def test_the_drawing_is_small_and_well_formed() -> None:
    path = ROOT / "docs/pictures/data-flow.svg"
    assert path.stat().st_size < 10_000
    assert ElementTree.fromstring(path.read_text()).tag.endswith("svg")


@pytest.mark.long
def test_extra_rules_are_proved_and_used(place: Path, shell: dict[str, str]) -> None:
    for line in shell_lines(ROOT / "examples/extra-rules/README.md"):
        done = subprocess.run(["sh", "-c", line], cwd=place, env=shell, capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
    found = json.loads((place / "ecs-audit-out/findings.json").read_text())["findings"]
    assert {f["rule"] for f in found} == {"ACM001"}
    assert (place / "acme-rules/ACM001.md").exists()


@pytest.mark.long
def test_the_scheduled_script_hands_back_the_verdict(tmp_path: Path, shell: dict[str, str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(SCHEDULED / "ecs-audit.toml", home)
    for account, code in (("clean", 0), ("denied", 3)):
        words = ("--from", str(ROOT / "fixtures/accounts" / account), "--select", "IAM001")
        done = subprocess.run([SCHEDULED / "audit.sh", *words], check=False, capture_output=True,
                              text=True, env={**shell, "ECS_AUDIT_HOME": str(home)})  # fmt: skip
        assert done.returncode == code, done.stderr
    assert (home / "reports/findings.sarif").exists()
    listed = audit("snapshots", "list", cwd=home).stdout
    assert len(listed.splitlines()) == 4


def test_scheduled_files_fit_the_project() -> None:
    assert config.load(str(SCHEDULED / "ecs-audit.toml")).settings.fail_on == "high"
    for name in ("ecs-audit.service", "ecs-audit.timer"):
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read(SCHEDULED / name)
        assert "Unit" in unit
    line = (SCHEDULED / "ecs-audit.cron").read_text().splitlines()[-1]
    assert re.match(r"(\S+ ){5}ecs-audit /opt/ecs-audit/audit\.sh", line)
    steps = yaml.safe_load((SCHEDULED / "github-actions.yml").read_text())["jobs"]["audit"]["steps"]
    for step in steps:
        for words in re.findall(r"ecs-audit (\w+)(.*)", step.get("run", "")):
            known = {o for p in main.commands[words[0]].params for o in p.opts}
            assert set(re.findall(r"--[a-z-]+", words[1])) <= known


def test_the_dockerfile_copies_what_the_wheel_needs() -> None:
    text = (SCHEDULED / "Dockerfile").read_text()
    copied = {w for line in re.findall(r"^COPY (.+)", text, re.MULTILINE) for w in line.split()}
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    targets = wheel["targets"]["wheel"]
    for name in (*targets["packages"], *targets["force-include"], "pyproject.toml"):
        assert name.split("/")[0] in copied
    assert all((ROOT / name).exists() for name in copied - {"./"})


def test_the_library_is_quick_to_import() -> None:
    assert auditor.__version__
    with pytest.raises(AttributeError):
        auditor.nothing_of_that_name  # noqa: B018
