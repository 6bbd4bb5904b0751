"""Fake AWS servers and a proxy that injects their faults, each on a port of its own."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import audit
from tests.serving import serving

REGION = "eu-west-1"
# moto answers 500 to some calls for ever: asking again would only wait.
LOGIN = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_MAX_ATTEMPTS": "1"}


@contextlib.contextmanager
def proxy(upstream: str, rules: list[dict[str, Any]]) -> Iterator[str]:
    """Run microburst in front of a server with rules of faults."""
    words = ["-m", "microburst", "--upstream", upstream, "--port", "{port}", "--host", "127.0.0.1"]
    with serving(words) as address:
        set_rules(address, rules)
        yield address


def set_rules(address: str, rules: list[dict[str, Any]]) -> None:
    """Give a proxy these rules and no others."""
    request = urllib.request.Request(  # noqa: S310 - our own proxy
        f"{address}/_microburst/rules", json.dumps(rules).encode(), method="POST"
    )
    urllib.request.urlopen(request).read()  # noqa: S310 - our own proxy


def fired(address: str) -> int:
    """Return how often the rules of a proxy have acted."""
    with urllib.request.urlopen(f"{address}/_microburst/rules") as answer:  # noqa: S310 - our own proxy
        rules: list[dict[str, Any]] = json.load(answer)
    return sum(rule["fired_count"] for rule in rules)


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
