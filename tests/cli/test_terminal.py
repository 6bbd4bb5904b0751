"""On a terminal: bars, columns that fit, colours; nothing of it in a pipe."""

from __future__ import annotations

import os
import pty
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

from auditor.tables import columns
from tests.conftest import ROOT, audit

EMPTY = str(ROOT / "fixtures/accounts/empty")
RUN = ("run", "--from", EMPTY, "--format", "json", "--select", "family:clusters")


def on_terminal(cwd: Path, *words: str, stdout: bool = False, **env: str) -> str:
    """Run with stderr, or stdout too, on a terminal of 80 columns; return what it showed."""
    mine, its = pty.openpty()
    ioctl(its, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    base = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "auditor", *words], cwd=cwd, stdin=subprocess.DEVNULL,
        stdout=its if stdout else subprocess.DEVNULL, stderr=its,
        env={**base, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **env},
    )  # fmt: skip
    os.close(its)
    shown = b""
    while True:
        try:
            piece = os.read(mine, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(mine)
    process.wait()
    return shown.decode()


def test_long_work_has_bars_and_they_are_gone_at_the_end(tmp_path: Path) -> None:
    shown = on_terminal(tmp_path, *RUN)
    for text in ("111122223333", "checking rules", "writing"):
        assert text in shown
    assert "\x1b[?25l" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    last = shown.replace("\r", "").splitlines()[-1]
    assert last.split("\x1b[2K")[-1].startswith("ecs-audit: no findings") or "ecs-audit:" in last


def test_quiet_and_pipes_have_none(tmp_path: Path) -> None:
    assert on_terminal(tmp_path, *RUN, "--quiet") == ""
    assert "\x1b" not in audit(*RUN, cwd=tmp_path).stderr


def test_columns_fit_the_terminal_and_colour_can_be_refused(tmp_path: Path) -> None:
    shown = on_terminal(tmp_path, "rules", "list", stdout=True, NO_COLOR="1")
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" in shown
    assert "\x1b[3" in on_terminal(tmp_path, "rules", "list", stdout=True)


@pytest.mark.parametrize(
    ("row", "width", "line"),
    [
        (["abc", "def"], None, "abc  def"),
        (["abcdefghijkl", "x"], 12, "abcdefgh…  x"),
        (["日本語の名前です", "x"], 13, "日本語の…   x"),
        (["a\x1b[31mb", None], None, "a\ufffd[31mb"),
    ],
)
def test_columns_are_cut_by_terminal_cells(row: list, width: int | None, line: str) -> None:
    assert columns(["n", "m"], [row], width).splitlines()[2] == line
