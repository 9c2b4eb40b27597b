"""Servers shared by the live tests: started once a worker when first wanted, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import servers
from tests.live.certificates import Certificates


@pytest.fixture(scope="session")
def _server() -> Iterator[servers.Server]:
    with servers.redis_server() as server:
        yield server


@pytest.fixture
def server(_server: servers.Server) -> servers.Server:
    """One empty server."""
    _server.call("FLUSHALL")
    return _server


@pytest.fixture(scope="session")
def _cluster() -> Iterator[servers.Cluster]:
    with servers.cluster(3) as cluster:
        yield cluster


@pytest.fixture
def cluster(_cluster: servers.Cluster) -> servers.Cluster:
    """An empty cluster of three masters. A test that moves slots leaves them where they are; one that adds nodes starts its own."""
    for master in _cluster.masters:
        master.call("FLUSHALL")
    return _cluster


@pytest.fixture(scope="session")
def _sentinels() -> Iterator[servers.SentinelSet]:
    with servers.sentinel_set() as sentinels:
        yield sentinels


@pytest.fixture
def sentinels(_sentinels: servers.SentinelSet) -> servers.SentinelSet:
    """A master, two replicas and three Sentinels, empty. A test may fail over; the next finds the new master."""
    _sentinels.master().call("FLUSHALL")
    return _sentinels


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def tls_server(certificates: Certificates) -> Iterator[servers.Server]:
    """A server with TLS on its only port, which wants no certificate of the client."""
    with servers.tls_server(certificates, certificates.server, clients="no") as server:
        yield server
