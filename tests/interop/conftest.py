"""One running application for each cell, on one Redis and on a Cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop import stores
from tests.interop.applications import Application, application
from tests.interop.cells import CELLS, Cell
from tests.interop.stores import Store
from tests.live import servers

NODES = 2  # of the application, so that an event can be missed by one, or heard twice


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test runs in every cell; all tests of one cell in one worker, where its application runs."""
    if "cell" in metafunc.fixturenames:
        cells = [pytest.param(cell, marks=pytest.mark.xdist_group(str(cell)), id=str(cell)) for cell in CELLS]
        metafunc.parametrize("cell", cells, indirect=True, scope="session")


@pytest.fixture(scope="session")
def _cluster() -> Iterator[servers.Cluster]:
    with servers.cluster(3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def cell(request: pytest.FixtureRequest) -> Cell:
    found: Cell = request.param
    return found


@pytest.fixture(scope="session", params=["single", "cluster"])
def store(request: pytest.FixtureRequest, cell: Cell) -> Iterator[Store]:
    """An empty Redis for the cell; the Cluster is the same for all of them."""
    with stores.single() if request.param == "single" else stores.clustered(request.getfixturevalue("_cluster")) as made:
        yield made


@pytest.fixture(scope="session")
def shop(cell: Cell, store: Store) -> Iterator[Application]:
    """The application of the cell, two nodes of it."""
    with application(cell, store.properties, NODES) as running:
        yield running
