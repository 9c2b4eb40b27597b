"""Sessions that are changed together end as each would by itself, whatever happens between the look at them and their end."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest
import redis

from sessionctl import farewells, guarded
from sessionctl.app import App
from sessionctl.apply import Part
from sessionctl.codecs import jdk
from sessionctl.errors import Unreachable
from sessionctl.layouts.keys import Keys
from sessionctl.plan import Event, JavaLong, Outcome, Result
from sessionctl.purging import Purge
from sessionctl.selecting import Choice, Selection
from sessionctl.stamped import Stamped
from tests.live.servers import Cluster, Server
from tests.live.spring import GRACE, LAYOUTS, Application, listening, now
from tests.live.test_listing import run_at
from tests.live.test_purge_faults import app_at

KEYS = Keys()
IDS = [str(uuid.UUID(int=number)) for number in range(60)]
USERS = ["alice", "bob", "Zoë", "100%", None]
Meddling = Callable[[Any], object]


class Ended(NamedTuple):
    """What became of the sessions, and of Redis."""

    outcomes: Counter[Outcome]
    events: int
    others: list[Result]
    failure: str
    left: dict[bytes, tuple[object, bool]]


def filled(client: Any, layout: str) -> Callable[[], None]:
    """Sessions of several users, some past their deadlines; answers what makes Redis hold just these again."""
    client.flushall()
    for number, id in enumerate(IDS):
        late = number % 10 == 0 and layout != "simple"
        Application(client, layout).login(id, USERS[number % len(USERS)], idle=1_900_000 if late else 60_000)
    keys = {key: (client.dump(key), max(0, client.pexpiretime(key))) for key in client.scan_iter(count=1000)}

    def again() -> None:
        client.flushall()
        for key, (value, end) in keys.items():
            client.restore(key, end, value, absttl=True)

    return again


def purged(url: str, client: Any, event: Event, meddle: Meddling, together: bool) -> Ended:
    """Ends all sessions; somebody meddles after they have been seen."""
    app = app_at(url)
    purge = Purge(app, event)
    purge.snapshots.together = together
    kinds = set[type]()

    def noted(parts: Iterator[Part]) -> Iterator[Part]:
        for part in parts:
            kinds.add(type(part))
            yield part

    purge.prepared = noted  # type: ignore[method-assign]

    found = list(Selection(app, Choice((), ()), purge.snapshots).read())
    meddle(client)
    results = [result for some in purge.run(found) for result in some if result.outcome != Outcome.DONE]
    purge.finish()
    app.close()
    assert (Stamped in kinds) is together
    failure = "" if purge.failure is None else purge.failure.message
    return Ended(purge.outcomes, purge.events, sorted(results), failure, contents(client))


def contents(client: Any) -> dict[bytes, tuple[object, bool]]:
    """Every key with what it holds, and whether it has an end."""
    read: dict[bytes, Callable[[bytes], object]] = {
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"string": client.get,
    }
    return {key: (read[client.type(key)](key), client.pttl(key) > 0) for key in client.scan_iter(count=1000)}


def touch(client: Any) -> None:
    for id in (IDS[3], IDS[7], IDS[10]):
        client.hset(KEYS.session(id), "lastAccessedTime", jdk.encode(JavaLong(0), b""))


def become_something_else(client: Any) -> None:
    for key in (KEYS.session(IDS[6]), KEYS.principal_index("alice")):
        client.delete(key)
        client.set(key, "something else")


def lose_expires_keys(client: Any) -> None:
    client.delete(*map(KEYS.expires, IDS[10:25]))


def set_user(client: Any, *rights: str) -> None:
    client.execute_command("ACL", "SETUSER", "operator", *rights)


MEDDLINGS: dict[str, Meddling] = {
    "nobody": lambda client: None,
    "used meanwhile": touch,
    "gone meanwhile": lambda client: client.delete(*map(KEYS.session, IDS[5:9])),
    "something else meanwhile": become_something_else,
    "without expires keys": lose_expires_keys,
    "scripts forgotten": lambda client: client.script_flush(),
}


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port) as client:
        yield client
        client.acl_deluser("operator")


@pytest.mark.parametrize("event", [Event.DELETED, Event.NONE])
@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout != "reactive"])
@pytest.mark.parametrize("meddling", MEDDLINGS)
def test_together_as_one_by_one(server: Server, client: redis.Redis, meddling: str, layout: str, event: Event) -> None:
    again, both = filled(client, layout), []
    for together in (True, False):
        again()
        both.append(purged(server.url, client, event, MEDDLINGS[meddling], together))
    assert both[0] == both[1]
    assert sum(both[0].outcomes.values()) == len(IDS)


@pytest.mark.parametrize("rights", [("-publish",), ("-@scripting",), ("-srem",), ("-hset",), ("-unlink",), ("resetchannels",)])
@pytest.mark.parametrize("layout", ["simple", "indexed"])
def test_rights_that_are_taken_away_meanwhile(server: Server, client: redis.Redis, layout: str, rights: tuple[str, ...]) -> None:
    again, both = filled(client, layout), []
    for together in (True, False):
        again()
        client.script_flush()
        set_user(client, "reset", "on", ">pw", "~*", "&*", "+@all")
        url = f"redis://operator:pw@127.0.0.1:{server.port}"
        both.append(purged(url, client, Event.DELETED, lambda client: set_user(client, *rights), together))
    assert both[0].failure == both[1].failure
    if not both[0].failure:
        assert both[0] == both[1]


@pytest.mark.parametrize("together", [True, False])
def test_events_count_even_if_companions_stay(server: Server, client: redis.Redis, together: bool) -> None:
    filled(client, "indexed")
    set_user(client, "reset", "on", ">pw", "~*", "&*", "+@all")
    url = f"redis://operator:pw@127.0.0.1:{server.port}"
    with listening(server.port, client) as listener:
        done = purged(url, client, Event.DELETED, lambda client: set_user(client, "-srem"), together)
        listener.wait_for(done.events)
    assert done.events == len(listener.heard) > 0
    assert done.outcomes == {Outcome.REFUSED: len(done.others)}


@pytest.mark.parametrize("meddling", ["nobody", "used meanwhile", "gone meanwhile"])
@pytest.mark.parametrize("layout", ["simple", "indexed"])
def test_on_a_cluster(cluster: Cluster, layout: str, meddling: str) -> None:
    client = cluster.client()
    again, both = filled(client, layout), []
    for together in (True, False):
        again()
        both.append(purged(cluster.url, client, Event.DELETED, MEDDLINGS[meddling], together))
    assert both[0] == both[1]


@pytest.mark.parametrize("usual", ["indexed", "sorted"])
def test_a_few_of_another_repository_leave_nothing(server: Server, client: redis.Redis, usual: str) -> None:
    """The reactive repository's sessions have the same TTL, and a sample may have none of so few."""
    client.flushall()
    for number in range(1000):
        Application(client, "reactive" if number in (400, 800) else usual).login(str(uuid.UUID(int=number)))
    run_at(server.url)("purge", "--all", "--confirm", "spring:session", "--event", "none", "--no-journal", "--wait", "0")
    assert client.keys() == []


def test_a_tombstone_of_many_has_its_grace_period(server: Server, client: redis.Redis) -> None:
    filled(client, "indexed")
    purged(server.url, client, Event.DELETED, MEDDLINGS["nobody"], True)
    assert all(GRACE - 60_000 < client.pttl(KEYS.session(id)) <= GRACE for id in IDS)
    assert not any(Application(client).is_valid(id) for id in IDS), now()


# --- a server that no longer knows the scripts, as after a failover ---


@pytest.fixture
def app(server: Server) -> Iterator[App]:
    app = app_at(server.url)
    yield app
    app.close()


def stamped_part(app: App) -> Stamped:
    """All sessions that live, on their way through a purge."""
    purge = Purge(app, Event.DELETED, batch=len(IDS))
    seen = Selection(app, Choice((), ()), purge.snapshots).read()
    [part] = [part for part in purge.prepared(purge._parts(seen)) if isinstance(part, Stamped)]
    return part


def test_another_master_gets_the_script_when_all_is_repeated_there(app: App, client: redis.Redis) -> None:
    filled(client, "simple")
    part = stamped_part(app)
    client.script_flush()
    part.repeat()
    assert client.dbsize() == 0


def test_those_of_whom_nobody_knows_are_told(app: App, client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashes have changed, and then Redis goes away while it gets the script for their events anew."""

    def gone(_: object, replies: Sequence[object], __: object) -> None:
        if replies:
            raise Unreachable("it is gone")

    filled(client, "indexed")
    part = stamped_part(app)
    ids = sorted(part.ids)
    client.script_load(guarded.PLAIN.text)
    part.begun(app.twin.execute(part.begin()))
    client.script_flush()
    replies = app.twin.execute(part.follow())
    monkeypatch.setattr(farewells, "repeat_unknown", gone)
    with pytest.raises(Unreachable):
        part.followed(replies)
    assert sorted(part.ids) == ids != []
