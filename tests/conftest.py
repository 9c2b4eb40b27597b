"""Settings and fixtures of all tests."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings
from redis import Redis

from sessionctl.demo import embedded_server, fill
from tests.running import Program

pytest_plugins = ["tests.interop.plugin"]

settings.register_profile("steady", deadline=None)  # a busy machine is no bug
settings.load_profile("steady")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for what a server does."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def _embedded() -> Iterator[tuple[str, int]]:
    with embedded_server() as address:
        yield address


@pytest.fixture
def redis_client(_embedded: tuple[str, int]) -> Iterator[Redis]:
    """The embedded server, empty."""
    with Redis(host=_embedded[0], port=_embedded[1]) as client:
        client.flushall()
        yield client


@pytest.fixture
def sessionctl(_embedded: tuple[str, int], redis_client: Redis) -> Program:
    """The program, with the sample sessions to work on."""
    fill(redis_client, time.time_ns() // 1_000_000)
    return Program(f"redis://{_embedded[0]}:{_embedded[1]}/0")
