"""Fake AWS servers and a proxy that injects their faults, each on a port of its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import audit

REGION = "eu-west-1"
LOGIN = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextlib.contextmanager
def serving(words: list[str], port: int, **env: str) -> Iterator[str]:
    """Run a server until the block ends; yield its address."""
    server = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **env},
    )
    try:
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, f"{words} ended with {server.returncode}"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def proxy(upstream: str, rules: list[dict[str, Any]]) -> Iterator[str]:
    """Run microburst in front of a server with rules of faults."""
    port = free_port()
    words = ["-m", "microburst", "--upstream", upstream, "--port", str(port), "--host", "127.0.0.1"]
    with serving(words, port) as address:
        set_rules(address, rules)
        yield address


def set_rules(address: str, rules: list[dict[str, Any]]) -> None:
    """Give a proxy its rules."""
    request = urllib.request.Request(  # noqa: S310 - our own proxy
        f"{address}/_microburst/rules", json.dumps(rules).encode(), method="PATCH"
    )
    urllib.request.urlopen(request).read()  # noqa: S310 - our own proxy


def words_for(address: str) -> list[str]:
    """Return the options that send a command to a fake server, as fast as it answers."""
    return ["--endpoint-url", address, "--region", REGION, "--api-share", "1",
            "--rate-scale", "100"]  # fmt: skip


def rows(folder: Path, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query on the folder's database."""
    done = audit("query", "--format", "json", sql, cwd=folder)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def document(folder: Path) -> dict[str, Any]:
    """Return the findings.json that a run wrote."""
    text = (folder / "ecs-audit-out/findings.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
