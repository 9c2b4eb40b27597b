"""What sessionctl lists and shows, against what real applications say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from sessionctl.units import rfc3339
from tests.interop.applications import Application
from tests.interop.cells import Cell
from tests.interop.stores import Store

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]  # the first test of a version builds it

USERS = {
    "alice": "org.springframework.security.authentication.UsernamePasswordAuthenticationToken",
    "carol:colon ü": "org.springframework.security.authentication.UsernamePasswordAuthenticationToken",
    "bob": "org.springframework.security.authentication.UsernamePasswordAuthenticationToken",
    "rita": "org.springframework.security.authentication.RememberMeAuthenticationToken",
    "CN=Paula": "org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken",
    "zoe": "org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken",
    "olga": "shop.Badge",
}
"""Who logs in, and the class of the authentication that the application makes of it."""

ROLES = {
    "simple": {"session"},
    "indexed": {"session", "expires key", "minute bucket", "principal index"},
    "zset": {"session", "expires key", "sorted set of deadlines", "principal index"},
    "rsimple": {"session"},
    "rindexed": {"session", "expires key", "sorted set of deadlines", "principal index", "back references"},
}
"""The keys that each repository has for a session of somebody who is logged in."""

VALUES: dict[str, Any] = {
    "theme": "dark",
    "unicode": "Grüße 日本 😀 \0 end",
    "visits": 7,
    "count:with:colons": 1,
    "flag": True,
    "ratio": 0.25,
    "big": 1404360000000,
    "small": 5,
    "price": "19.90",
    "huge": 123456789012345678901234567890,
    "uuid": "265b0ed5-b9c5-4f63-8f68-2e4d0f9022c1",
    "point": {"@class": "shop.Goods$Point", "x": 1, "y": 2.5, "label": "here"},
    "date": "2014-07-03T04:00:00.000Z",
    "day": "2024-02-29",
    "dayTime": "2024-02-29T23:59:58",
    "roles": ["a", "b"],
    "linked": ["first", "second"],
    "set": [3, 1, 2],
    "sorted": ["a", "b"],
    "map": {"k": "v", "n": 3},
    "tree": {"a": "x", "b": [True]},
}
"""The application's attributes as sessionctl shows them, with every serializer."""

ONLY_JDK = {
    "size": "SMALL",
    "instant": "2024-07-03T04:00:00.123456789Z",
    "zoned": "2024-02-29T23:59:58+01:00[Europe/Berlin]",
    "span": "PT1H30M",
}
ONLY_JSON = {"size": ["shop.Goods$Size", "SMALL"], "instant": 1719979200.123456789, "zoned": 1709247598.0}
SPANS = {"2.7": 5400.0, "3.5": 5400.0, "4.1": "PT1H30M"}
"""A Duration as each version's Jackson writes it."""


def test_ls_lists_every_session_as_the_application_has_it(shop: Application, store: Store) -> None:
    store.clear()
    said = {user: shop.login(user).me() for user in USERS}

    rows = {row.pop("id"): row for row in store.json("ls")}

    assert rows.keys() == {me["id"] for me in said.values()}
    for user, me in said.items():
        assert rows[me["id"]].pop("ttl") > 1790
        assert rows[me["id"]] == {
            "principal": user,
            "state": "active",
            "creationTime": rfc3339(me["created"]),
            "lastAccessedTime": rfc3339(me["accessed"]),
            "maxInactiveInterval": 1800,
            "deadline": rfc3339(me["accessed"] + 1_800_000),
            "expired": False,
        }


def test_show_knows_who_is_logged_in_and_every_key(shop: Application, store: Store, cell: Cell) -> None:
    for user, authentication in USERS.items():
        browser = shop.login(user)
        me = browser.me()
        assert browser.cookie is not None

        shown = store.json("show", browser.cookie)

        assert {
            name: shown[name] for name in ("id", "principal", "authorities", "remoteAddress", "authentication", "layout", "warnings")
        } == {
            "id": me["id"],
            "principal": user,
            "authorities": ["ROLE_ADMIN", "ROLE_USER"],
            "remoteAddress": None if cell.reactive else "127.0.0.1",
            "authentication": authentication,
            "layout": cell.layout,
            "warnings": [],
        }
        assert shown["attributeNames"] == sorted(me["names"])
        assert {key["role"] for key in shown["keys"]} == ROLES[cell.repository]
        assert store.traces(me["id"]).keys() == {key["key"] for key in shown["keys"]}


def test_a_user_is_found_by_name(shop: Application, store: Store) -> None:
    store.clear()
    mine = {shop.login("alice").me()["id"] for _ in range(2)}
    shop.login("bob")
    assert {row["id"] for row in store.json("ls", "--user", "alice")} == mine


def test_the_values_of_attributes_of_many_types(shop: Application, store: Store, cell: Cell) -> None:
    browser = shop.login()
    assert browser.post("/fill").status == 200
    me = browser.me()

    attributes = store.json("show", me["id"])["attributes"]

    values = {name: attribute["value"] for name, attribute in attributes.items()}
    cart = values.pop("cart")
    assert sorted(attributes) == sorted(me["names"])
    assert [cart["currency"], *((item["sku"], item["count"], item["price"]) for item in cart["items"])] == [
        "EUR",
        ("sku-ü-1", 2, "19.90"),
        ("sku-2\x1b[31mred", 1, "1234567890.123"),
    ]
    assert values.pop("SPRING_SECURITY_CONTEXT")["@class"] == "org.springframework.security.core.context.SecurityContextImpl"
    assert values == VALUES | (ONLY_JDK if cell.serializer == "jdk" else {**ONLY_JSON, "span": SPANS[cell.version]})
    assert {attribute["encoding"] for attribute in attributes.values()} == {cell.serializer}


def test_a_removed_attribute_and_a_timeout_of_its_own(shop: Application, store: Store) -> None:
    browser = shop.login()
    answers = [
        browser.post("/set", name="theme", value="dark"),
        browser.post("/remove", name="theme"),
        browser.post("/timeout", seconds="600"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200]
    me = browser.me()

    shown = store.json("show", me["id"])

    assert (me["names"], shown["attributeNames"]) == (["SPRING_SECURITY_CONTEXT"], ["SPRING_SECURITY_CONTEXT"])
    assert (shown["maxInactiveInterval"], shown["deadline"]) == (600, rfc3339(me["accessed"] + 600_000))
    assert shown["warnings"] == []
