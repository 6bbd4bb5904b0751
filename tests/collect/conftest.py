"""Servers that hold one filled account, for the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.moto_account import Planted, fill
from tests.collect.servers import free_port, serving


@pytest.fixture(scope="module")
def filled_moto(moto: str) -> tuple[str, Planted]:
    """Return the address of a filled moto server, and what was planted."""
    return moto, fill(moto, definitions=40, services=12, roles=20, instances=8)


@pytest.fixture(scope="module")
def filled_ministack() -> Iterator[tuple[str, Planted]]:
    """Return the address of a filled ministack server, and what was planted."""
    port = free_port()
    env = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_PORT": str(free_port())}
    with serving(["-m", "ministack"], port, **env) as address:
        # More definitions than one page of ListTaskDefinitions holds; no container instances,
        # since ministack does not know RegisterContainerInstance.
        yield address, fill(address, definitions=130, services=12, roles=20, instances=0)
