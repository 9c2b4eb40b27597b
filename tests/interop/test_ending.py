"""sessionctl ends sessions of real applications: the user is logged out, the listeners are told, and nothing is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from sessionctl.errors import ExitCode
from tests.interop.applications import Answer, Application, Browser
from tests.interop.cells import Cell
from tests.interop.stores import Store, session_key
from tests.interop.waiting import becomes
from tests.live.servers import wait_for

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]  # the first test of a version builds it

EVENTS = {"delete": "SessionDeletedEvent", "expire": "SessionExpiredEvent"}
GRACE = 300_000  # milliseconds that a tombstone stays
BRIEFLY = ("--wait", "200ms")  # no request is in flight, or it isn't waited for
Heard = Sequence[Sequence[tuple[str, list[str]]]]


def visits(shop: Application, cookie: str | None) -> list[Answer]:
    """What each node answers to somebody who comes with this cookie."""
    return [Browser(port, cookie).get("/me") for port in shop.ports]


def endings(shop: Application, id: str) -> Heard:
    """What each node has heard of the end of a session, with the names of the attributes that it found."""
    return [[(event["event"], event["names"]) for event in heard if event["event"] != "SessionCreatedEvent"] for heard in shop.events(id)]


def rightly_told(cell: Cell, heard: Heard, event: str, names: list[str]) -> bool:
    """Each node once, with these attributes at least. Of reactive nodes the quickest removes the hash, and a slower one finds nothing."""
    if not cell.tells:
        return not any(heard)
    told = [len(one) == 1 and one[0][0] == event and set(names) <= set(one[0][1]) for one in heard]
    return any(told) and all(right or (cell.reactive and not one) for right, one in zip(told, heard, strict=True))


def left(store: Store, id: str) -> set[str]:
    return set(store.traces(id))


def may_stay(cell: Cell, id: str) -> set[str]:
    return {session_key(id)} if cell.keeps_tombstone else set()


@pytest.mark.parametrize("command", EVENTS)
def test_a_session_ends(shop: Application, store: Store, cell: Cell, command: str) -> None:
    browser, other = shop.login(), shop.login()
    assert browser.post("/fill").status == 200
    me, cookie = browser.me(), browser.cookie
    id, names = me["id"], sorted(me["names"])

    [outcome] = store.json(command, id)

    assert {name: outcome[name] for name in ("id", "principal", "layout", "outcome", "reason")} == {
        "id": id,
        "principal": "alice",
        "layout": cell.layout,
        "outcome": "done",
        "reason": None,
    }
    assert all(answer.turned_away for answer in visits(shop, cookie))
    becomes(True, lambda: rightly_told(cell, endings(shop, id), EVENTS[command], names), lambda: endings(shop, id))
    becomes(may_stay(cell, id), lambda: left(store, id))
    assert all(0 < ttl <= GRACE for ttl in store.traces(id).values())
    store.client.pexpire(session_key(id), 1)
    becomes(set(), lambda: left(store, id))
    assert other.me()["user"] == "alice"
    assert rightly_told(cell, endings(shop, id), EVENTS[command], names)
    assert f"Unable to publish SessionDestroyedEvent for session {id}" not in shop.log.read_text("utf-8")


@pytest.fixture
def silent(store: Store) -> Iterator[Store]:
    """A Redis that sends no keyspace notifications, as where an operator has switched them off."""
    store.notifications("")
    yield store
    store.notifications("Egx")  # what Spring Session itself sets


@pytest.mark.parametrize("command", EVENTS)
def test_listeners_are_told_without_keyspace_notifications(shop: Application, silent: Store, cell: Cell, command: str) -> None:
    browser = shop.login()
    me, cookie = browser.me(), browser.cookie

    [outcome] = silent.json(command, me["id"], *BRIEFLY)

    assert outcome["outcome"] == "done"
    assert all(answer.turned_away for answer in visits(shop, cookie))
    becomes(True, lambda: rightly_told(cell, endings(shop, me["id"]), EVENTS[command], me["names"]), lambda: endings(shop, me["id"]))
    becomes(may_stay(cell, me["id"]), lambda: left(silent, me["id"]))


def test_what_the_application_has_ended_is_not_ended_again(shop: Application, store: Store, cell: Cell) -> None:
    """Nobody is told a second time. What the application itself has left there (on a Cluster its index entries) is cleaned."""
    browser = shop.login()
    id = browser.me()["id"]
    assert browser.post("/logout").status == 302
    becomes(True, lambda: store.has_ended(id))

    done = store.sessionctl("delete", id, "-o", "json", "--quiet", *BRIEFLY)

    [outcome] = json.loads(done.out)
    assert (done.code, outcome["outcome"], outcome["event"]) in ((ExitCode.PARTLY, "gone", None), (ExitCode.DONE, "done", None))
    assert all(len(heard) <= 1 for heard in endings(shop, id))
    becomes(True, lambda: left(store, id) <= may_stay(cell, id), lambda: left(store, id))


def test_whom_a_class_of_the_applications_own_names_is_logged_out(shop: Application, store: Store, cell: Cell) -> None:
    browser = shop.login("olga")
    id, cookie = browser.me()["id"], browser.cookie

    [outcome] = store.json("delete", "--user", "olga", "--yes", *BRIEFLY)

    assert (outcome["id"], outcome["outcome"]) == (id, "done")
    assert all(answer.turned_away for answer in visits(shop, cookie))
    becomes(may_stay(cell, id), lambda: left(store, id))


def test_everywhere_but_here(shop: Application, store: Store) -> None:
    here, there = shop.login("rita"), [shop.login("rita") for _ in range(2)]
    me = here.me()

    outcomes = store.json("delete", "--user", "rita", "--except", me["id"], "--yes", *BRIEFLY)

    assert [outcome["outcome"] for outcome in outcomes] == ["done", "done"]
    assert here.me()["id"] == me["id"]
    assert all(browser.get("/me").turned_away for browser in there)


@pytest.mark.parametrize("command", EVENTS)
def test_a_request_in_flight_does_not_revive_a_session(shop: Application, store: Store, cell: Cell, command: str) -> None:
    """It is done while sessionctl still looks for what it leaves."""
    browser = shop.login()
    me, cookie = browser.me(), browser.cookie
    id = me["id"]

    def open_when_ended() -> None:
        wait_for("ended", lambda: store.has_ended(id))
        shop.open(id)

    with ThreadPoolExecutor() as pool:
        slow = pool.submit(Browser(shop.ports[0], cookie).post, "/slow", gate=id)
        wait_for("on its way", lambda: shop.waiting(id))
        opening = pool.submit(open_when_ended)
        [outcome] = store.json(command, id, "--wait", "3s")
        opening.result()
        answer = slow.result()

    assert outcome["outcome"] == "done"
    assert answer.status == (200 if cell.tells else 500)
    assert all(answer.turned_away for answer in visits(shop, cookie))
    becomes(may_stay(cell, id), lambda: left(store, id))
    assert all(0 < ttl <= GRACE for ttl in store.traces(id).values())
    becomes(True, lambda: rightly_told(cell, endings(shop, id), EVENTS[command], sorted(me["names"])), lambda: endings(shop, id))


def test_a_request_that_comes_too_late_to_be_waited_for(shop: Application, store: Store, cell: Cell) -> None:
    """Nobody is logged in again by it, and ending the session once more removes what it has left."""
    browser = shop.login()
    id, cookie = browser.me()["id"], browser.cookie
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(Browser(shop.ports[0], cookie).post, "/slow", gate=id)
        wait_for("on its way", lambda: shop.waiting(id))
        assert store.json("delete", id, *BRIEFLY)[0]["outcome"] == "done"
        shop.open(id)
        slow.result()

    assert not any(answer.status == 200 for answer in visits(shop, cookie))
    store.sessionctl("delete", id, "--quiet", *BRIEFLY)
    assert all(answer.turned_away for answer in visits(shop, cookie))
    becomes(may_stay(cell, id), lambda: left(store, id))
