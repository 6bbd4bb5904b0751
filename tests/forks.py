"""Run the command in a process of its own, forked from one that has loaded everything before."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warm"])


def run(
    words: tuple[str, ...], cwd: Path, env: dict[str, str], before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as ``subprocess.run`` would, without the cost of a fresh start.

    ``before`` is called in the new process first: it may break a part of the program.
    """
    with started(words, cwd, env, before) as (process, out, err):
        process.join(300)
        assert process.exitcode is not None, f"{words} did not end"
        said = [p.read_bytes().decode("utf-8", "replace") if p.exists() else "" for p in (out, err)]
        return subprocess.CompletedProcess(list(words), process.exitcode, *said)


@contextlib.contextmanager
def started(
    words: tuple[str, ...], cwd: Path, env: dict[str, str], before: Callable[[], None] | None = None
) -> Iterator[tuple[BaseProcess, Path, Path]]:
    """Start the command; yield its process and the files of its stdout and stderr."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        streams = (str(out), str(err))
        process = CONTEXT.Process(target=_command, args=(words, str(cwd), env, streams, before))
        process.start()
        try:
            yield process, out, err
        finally:
            process.kill()
            process.join()


def _command(
    words: tuple[str, ...],
    cwd: str,
    env: dict[str, str],
    streams: tuple[str, str],
    before: Callable[[], None] | None,
) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    written = os.O_WRONLY | os.O_CREAT
    for number, (path, flags) in enumerate(
        ((os.devnull, os.O_RDONLY), *((path, written) for path in streams))
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - the process's own
        for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    sys.argv = ["ecs-audit", *words]
    from auditor.cli import main

    try:
        if before:
            before()
        main(prog_name="ecs-audit")
    except Exception:  # noqa: BLE001 - whatever it is, as an interpreter does
        # multiprocessing would print the message without asking the hook.
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        sys.exit(1)
