"""sessionctl gives sessions of real applications more time, and the applications go on with them."""

from __future__ import annotations

from typing import Any

import pytest

from sessionctl.units import rfc3339
from tests.interop.applications import Application, Browser
from tests.interop.cells import Cell
from tests.interop.stores import Store, session_key
from tests.live.servers import wait_for

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]  # the first test of a version builds it

SHORT = 5  # seconds that a session has before it is extended
GRACE = 300_000  # milliseconds by which the hash of an indexed layout outlives its deadline
BRIEFLY = ("--wait", "200ms")  # no request is in flight
ABOUT = 5_000  # milliseconds that a busy machine may lose between two looks


def short_session(shop: Application) -> tuple[Browser, dict[str, Any]]:
    browser = shop.login()
    assert browser.post("/fill").status == 200
    assert browser.post("/timeout", seconds=str(SHORT)).status == 200
    return browser, browser.me()


def in_step(store: Store, cell: Cell, id: str, deadline: int) -> None:
    """Redis keeps every key of the session as long as its deadline asks for, and each index names it once."""
    now = store.now()
    ttls = store.traces(id)
    expected = {session_key(id): GRACE if cell.tells else 0}
    if cell.tells:
        expected[f"spring:session:sessions:expires:{id}"] = 0
    for key, beyond in expected.items():
        assert abs(now + ttls[key] - deadline - beyond) < ABOUT, key
    if cell.repository == "indexed":  # beside buckets that Spring itself leaves when an application changes the timeout
        assert bucket(deadline) in ttls
    elif cell.tells:
        scores = store.client.zrange("spring:session:sessions:expirations", 0, -1, withscores=True)
        assert [score for member, score in scores if id.encode() in member] == [deadline]


def bucket(deadline: int) -> str:
    """The set of what ends in the same minute; it is looked at when that minute is over."""
    return f"spring:session:expirations:{deadline // 60_000 * 60_000 + 60_000}"


def test_a_session_outlives_its_old_deadline(shop: Application, store: Store, cell: Cell) -> None:
    forgotten, forgotten_me = short_session(shop)
    extended: dict[str, tuple[Browser, dict[str, Any]]] = {}
    for measure, span in (("--by", "30m"), ("--for", "2h"), ("--timeout", "1h")):
        browser, me = short_session(shop)
        [outcome] = store.json("extend", me["id"], measure, span, *BRIEFLY)
        assert (outcome["outcome"], outcome["reason"]) == ("done", None)
        extended[measure] = browser, me
    last = max(me["accessed"] for me in (forgotten_me, *(me for _, me in extended.values())))
    wait_for("past the old deadlines", lambda: store.now() > last + SHORT * 1000)

    assert forgotten.get("/me").turned_away
    timeouts = {measure: go_on(store, cell, browser, me) for measure, (browser, me) in extended.items()}
    assert timeouts == {"--by": SHORT + 1800, "--for": pytest.approx(7200, abs=SHORT + 1), "--timeout": 3600}


def go_on(store: Store, cell: Cell, browser: Browser, before: dict[str, Any]) -> int:
    """Checks an extended session, uses it, and checks it again; its new timeout in seconds."""
    id = before["id"]
    timeout: int = has_timeout(store, cell, id, before["accessed"])
    me = browser.me()
    assert me == before | {"accessed": me["accessed"], "max": timeout}
    assert me["accessed"] > before["accessed"] + SHORT * 1000
    assert has_timeout(store, cell, id, me["accessed"]) == timeout
    return timeout


def has_timeout(store: Store, cell: Cell, id: str, accessed: int) -> int:
    """The timeout that sessionctl shows, after a check that all else agrees with it."""
    shown = store.json("show", id)
    timeout: int = shown["maxInactiveInterval"]
    assert (shown["state"], shown["deadline"], shown["warnings"]) == ("active", rfc3339(accessed + timeout * 1000), [])
    in_step(store, cell, id, accessed + timeout * 1000)
    return timeout


def test_every_attribute_of_an_extended_session_is_what_it_was(shop: Application, store: Store) -> None:
    browser = shop.login()
    assert browser.post("/fill").status == 200
    values = browser.get("/values").body

    [outcome] = store.json("extend", browser.me()["id"], "--timeout", "4h", *BRIEFLY)

    assert outcome["outcome"] == "done"
    assert browser.get("/values").body == values
    assert browser.me()["max"] == 14_400
