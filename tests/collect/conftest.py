"""Servers that hold one filled account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.moto_account import Planted, fill
from tests.serving import serving


@pytest.fixture(scope="session")
def filled_moto() -> Iterator[tuple[str, Planted]]:
    """Return the address of a filled moto server, and what was planted; tests change nothing."""
    with serving(["-m", "tests.collect.moto_server", "-H", "127.0.0.1", "-p", "{port}"]) as address:
        yield address, fill(address, definitions=40, services=12, roles=20, instances=8)


@pytest.fixture(scope="session")
def filled_ministack() -> Iterator[tuple[str, Planted]]:
    """Return the address of a filled ministack server, and what was planted."""
    env = {"GATEWAY_PORT": "{port}", "BIND_HOST": "127.0.0.1",
           "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}  # fmt: skip
    with serving(["-m", "ministack"], **env) as address:
        # More definitions than one page of ListTaskDefinitions holds; no container instances,
        # since ministack does not know RegisterContainerInstance.
        yield address, fill(address, definitions=130, services=12, roles=20, instances=0)
