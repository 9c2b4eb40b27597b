"""In a long run those that were changed longest ago are looked at while others are on their way: neither confuses the other."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Iterator

import pytest
import redis

from sessionctl import filters, lastlook
from sessionctl.errors import Unreachable
from sessionctl.plan import Event, Outcome
from sessionctl.purging import Purge
from sessionctl.query import Condition
from sessionctl.selecting import Choice, Selection
from sessionctl.snapshots import Snapshot
from tests.live.servers import Server
from tests.live.spring import Application
from tests.live.test_purge_faults import app_at

IDS = [str(uuid.UUID(int=number)) for number in range(600)]


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port) as client:
        yield client
        client.acl_deluser("operator")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lastlook, "REMEMBERED", 100)


def purge_of_all(url: str, client: redis.Redis, layout: str, event: Event, *where: Condition) -> tuple[Purge, Application]:
    application = Application(client, layout)
    client.flushall()
    for id in IDS:
        application.login(id, idle=60_000)
    return Purge(app_at(url), event, where), application


def run(purge: Purge, snapshots: Iterator[Snapshot] | None = None) -> None:
    for _ in purge.run(snapshots or Selection(purge.app, Choice((), tuple(purge.snapshots.where)), purge.snapshots).read()):
        pass
    purge.finish()
    purge.app.close()


def over(application: Application) -> int:
    """How many sessions have ended, whatever is left of them."""
    keys, client = application.keys, application.client
    living = keys.session if application.layout == "simple" else keys.expires
    return sum(not client.exists(living(id)) for id in IDS)


@pytest.mark.parametrize("layout", ["simple", "indexed"])
def test_what_is_put_right_in_the_middle_is_told_with_all_others(server: Server, client: redis.Redis, layout: str) -> None:
    purge, application = purge_of_all(server.url, client, layout, Event.DELETED)

    def snapshots() -> Iterator[Snapshot]:
        for number, snapshot in enumerate(purge.snapshots.of_ids(IDS)):
            if number == 3:  # a request in flight saves the first one, which has ended by now
                client.hset(application.keys.session(IDS[0]), "lastAccessedTime", "now")
                client.pexpire(application.keys.session(IDS[0]), 2_100_000)
            yield snapshot

    run(purge, snapshots())
    assert (purge.outcomes, purge.last_look.mended, over(application)) == ({Outcome.DONE: len(IDS)}, 1, len(IDS))
    assert purge.events == (0 if layout == "simple" else len(IDS))


def test_without_tombstones_no_hash_comes_back_for_however_short(server: Server, client: redis.Redis) -> None:
    """Spring Session 3.4 gives a session without end 299 seconds (issue 3362)."""
    purge, application = purge_of_all(server.url, client, "indexed", Event.NONE)
    for _ in purge.run(purge.snapshots.of_ids(IDS)):
        pass
    client.hset(application.keys.session(IDS[-1]), "lastAccessedTime", "now")
    client.pexpire(application.keys.session(IDS[-1]), 299_000)
    purge.finish()
    purge.app.close()
    assert (purge.last_look.mended, client.dbsize()) == (1, 0)


def test_expires_keys_whose_end_is_due_are_looked_at_meanwhile(server: Server, client: redis.Redis) -> None:
    """Where this user may not publish, Redis sends the events."""
    server.call("ACL", "SETUSER", "operator", "reset", "on", ">pw", "~*", "&*", "+@all", "-publish")
    purge, application = purge_of_all(f"redis://operator:pw@127.0.0.1:{server.port}", client, "indexed", Event.EXPIRED)
    run(purge)
    assert purge.applier.farewells.native
    assert (purge.outcomes, purge.events, purge.failure, over(application)) == ({Outcome.DONE: len(IDS)}, len(IDS), None, len(IDS))


@pytest.mark.parametrize("layout", ["simple", "indexed"])
def test_a_look_that_fails_ends_the_run_and_what_was_on_its_way_is_told(server: Server, client: redis.Redis, layout: str) -> None:
    purge, application = purge_of_all(server.url, client, layout, Event.DELETED)

    def is_calm(*_: object) -> bool:
        raise Unreachable("it is gone")

    purge.is_calm = is_calm  # type: ignore[assignment,method-assign]
    run(purge)
    assert purge.failure is not None
    assert purge.outcomes == {Outcome.DONE: over(application)}
    assert 0 < over(application) < len(IDS)


@pytest.mark.parametrize("together", [True, False])
def test_large_attributes_that_were_judged_are_not_kept_until_then(
    server: Server, client: redis.Redis, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    monkeypatch.setattr(lastlook, "REMEMBERED", len(IDS))
    purge, application = purge_of_all(server.url, client, "indexed", Event.DELETED, filters.attribute("large=x*"))
    purge.snapshots.together = together
    for id in IDS:
        client.hset(application.keys.session(id), "sessionAttr:large", '"' + 20_000 * "x" + '"')
    tracemalloc.start()
    run(purge)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert over(application) == len(IDS)
    assert most < len(IDS) * 20_000
