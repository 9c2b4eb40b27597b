"""Writes tests/data/captured anew, from the applications of these tests: ``python -m tests.interop.capture [DIRECTORY]``.

A file is all that one application has left in Redis after a few logins over HTTP, key by key, and what it said of each session.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.interop import stores
from tests.interop.applications import Application, Browser, application
from tests.interop.building import version_of
from tests.interop.cells import CELLS, Cell
from tests.interop.stores import Store

DIRECTORY: Final = Path(__file__).parents[1] / "data" / "captured"
CAPTURED: Final = {
    "2.7": ("simple-json", "indexed-jdk", "rsimple-jdk"),
    "3.5": ("simple-jdk", "indexed-jdk", "indexed-json", "zset-json", "rindexed-jdk"),
    "4.1": ("simple-jdk", "rindexed-json"),
}


def visit(shop: Application) -> Iterator[tuple[str, str | None, Browser, bool]]:
    """What each session is, whose it is, the browser that has it, and whether it is still logged in."""
    browser = shop.login("alice")
    browser.post("/fill")
    yield "logged in, attributes of several types", "alice", browser, True
    yield "the same user from a second browser", "alice", shop.login("alice"), True
    browser = shop.login("carol:colon")
    browser.post("/fill")
    browser.post("/remove", name="theme")
    yield "an attribute removed again; a colon in the user's name", "carol:colon", browser, True
    browser = shop.login("dave ü")
    browser.post("/timeout", seconds="600")
    yield "a timeout of its own; a space and an umlaut in the user's name", "dave ü", browser, True
    browser = shop.browser()
    browser.get("/me")
    yield "not logged in: only a saved request", None, browser, False
    yield "logged in through OAuth 2 as zoe", "zoe", shop.login("zoe"), True
    browser = shop.login("bob")
    left = Browser(browser.port, browser.cookie)
    browser.post("/logout")
    yield "logged out", "bob", left, False


def document(cell: Cell, store: Store, shop: Application) -> dict[str, Any]:
    sessions = [
        {
            "label": label,
            "user": user,
            "id": id_of(cell, browser),
            "cookie": browser.cookie,
            "application_says": browser.me() if known else None,
        }
        for label, user, browser, known in visit(shop)
    ]
    return {
        "spring_boot": version_of(cell.version, "spring-boot"),
        "spring_session": version_of(cell.version, "spring-session-core"),
        "repository": cell.repository,
        "serializer": cell.serializer,
        "captured_at": store.now(),
        "namespace": "spring:session",
        "notify_keyspace_events": store.client.config_get("notify-keyspace-events")["notify-keyspace-events"],
        "sessions": sessions,
        "keys": sorted((row(store, key) for key in store.client.scan_iter(count=1000)), key=lambda row: str(row["key"])),
    }


def id_of(cell: Cell, browser: Browser) -> str:
    """WebFlux puts the id into the cookie as it is, a servlet in base64."""
    assert browser.cookie is not None
    return browser.cookie if cell.reactive else base64.b64decode(browser.cookie).decode()


READERS: Final[dict[str, Callable[[Any, bytes], Any]]] = {
    "hash": lambda client, key: {field.decode(): text(value) for field, value in sorted(client.hgetall(key).items())},
    "set": lambda client, key: sorted(map(text, client.smembers(key))),
    "zset": lambda client, key: {text(member): score for member, score in client.zrange(key, 0, -1, withscores=True)},
    "string": lambda client, key: text(client.get(key)),
}


def row(store: Store, key: bytes) -> dict[str, Any]:
    kind = store.client.type(key).decode()
    return {"key": key.decode(), "type": kind, "pttl": store.client.pttl(key), "value": READERS[kind](store.client, key)}


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def main(directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    for cell in CELLS:
        name = f"{cell.repository}-{cell.serializer}"
        if name in CAPTURED[cell.version]:
            with stores.single() as store, application(cell, store.properties) as shop:
                found = document(cell, store, shop)
            file = directory / f"boot{cell.version.replace('.', '')}-{name}.json"
            file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY)
