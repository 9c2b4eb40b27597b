"""One running application for each cell, on one Redis and on a Cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop import stores
from tests.interop.applications import Application, application
from tests.interop.cells import CELLS, WHERE, Cell
from tests.interop.stores import Store
from tests.live import servers

NODES = 2  # of the application, so that an event can be missed by one, or heard twice


PLACES = [pytest.param((cell, where), id=f"{cell}-{where}") for cell in CELLS for where in WHERE]
"""Every cell, on one Redis and on a Cluster."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        metafunc.parametrize("place", PLACES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def _cluster() -> Iterator[servers.Cluster]:
    with servers.cluster(3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def place(request: pytest.FixtureRequest) -> tuple[Cell, str]:
    found: tuple[Cell, str] = request.param
    return found


@pytest.fixture(scope="session")
def cell(place: tuple[Cell, str]) -> Cell:
    return place[0]


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest, place: tuple[Cell, str]) -> Iterator[Store]:
    """An empty Redis for the cell; the Cluster is the same for all of them."""
    with stores.single() if place[1] == "single" else stores.clustered(request.getfixturevalue("_cluster")) as made:
        yield made


@pytest.fixture(scope="session")
def shop(cell: Cell, store: Store) -> Iterator[Application]:
    """The application of the cell, two nodes of it."""
    with application(cell, store.properties, NODES) as running:
        yield running
