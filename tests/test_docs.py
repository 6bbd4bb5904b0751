"""Documentation under test: every SQL block runs, every command and link is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import auditor
from auditor.cli import main
from tests.conftest import ROOT

BLOCKS = re.findall(
    r"## (.+?)\n```sql\n(.+?)```", (ROOT / "docs/cookbook.md").read_text(), re.DOTALL
)


def test_there_are_twenty_questions() -> None:
    assert len(BLOCKS) >= 20


@pytest.mark.parametrize(("question", "sql"), BLOCKS, ids=[b[0] for b in BLOCKS])
def test_cookbook_runs(demo: Path, question: str, sql: str) -> None:
    from auditor.snapshot import Snapshot

    with Snapshot.open(demo / "audit.duckdb", for_user=True) as snapshot:
        assert snapshot.select(sql).names


def test_readme_is_short_and_its_links_hold() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) < 120
    for link in re.findall(r"\]\(([^)h][^)]*)\)", text):
        assert (ROOT / link).exists(), link


def test_every_command_is_documented() -> None:
    text = "".join(p.read_text() for p in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    for name in main.commands:
        assert name in text, name


def test_the_library_is_quick_to_import() -> None:
    assert auditor.__version__
    with pytest.raises(AttributeError):
        auditor.nothing_of_that_name  # noqa: B018
