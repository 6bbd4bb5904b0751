"""Servers of other projects as processes of their own, on ports that nobody else takes."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO

STARTS = 5  # another program may take a port between its choice and its use
PATIENCE = 120  # seconds; a server imports for many of them where others use the machine
# Below the range from which the kernel gives ports to clients, which a busy test opens by hundreds.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Return a port that nobody listens on."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def serving(words: list[str], **env: str) -> Iterator[str]:
    """Run a Python program that serves until the block ends; yield its address once it answers.

    ``{port}`` in words and environment becomes the port. A server that ends before it answers is
    started again on another port; the last failure is raised with what the server said.
    """
    said = ""
    for _ in range(STARTS):
        port = free_port()
        with tempfile.TemporaryFile("w+") as output:
            server = _started(words, env, port, output)
            try:
                if _answers(server, port):
                    yield f"http://127.0.0.1:{port}"
                    return
            finally:
                _end(server)
            output.seek(0)
            said = f"{' '.join(words)} ended with {server.returncode}: {output.read()[-2000:]}"
    raise RuntimeError(said)


def _started(
    words: list[str], env: dict[str, str], port: int, output: IO[str]
) -> subprocess.Popen[bytes]:
    put = {"{port}": str(port)}
    return subprocess.Popen(
        [sys.executable, *(put.get(word, word) for word in words)],
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, **{name: put.get(value, value) for name, value in env.items()}},
    )


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait for any HTTP answer; say whether it came while the server ran."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with contextlib.closing(asking), contextlib.suppress(OSError, http.client.HTTPException):
            asking.request("GET", "/")
            asking.getresponse().read()
            return server.poll() is None
        time.sleep(0.1)
    return False


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
