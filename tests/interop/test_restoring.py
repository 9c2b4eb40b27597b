"""What sessionctl has taken away and brings back is the session that the application knew: its user comes in again, and can leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.interop.applications import Application
from tests.interop.cells import Cell
from tests.interop.stores import Store
from tests.interop.test_ending import BRIEFLY, EVENTS, endings, left, may_stay, rightly_told, visits
from tests.interop.waiting import becomes

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]


def known(me: dict[str, Any]) -> dict[str, Any]:
    """What the application says of itself that a request doesn't change."""
    return {name: me[name] for name in ("id", "user", "created", "max")} | {"names": sorted(me["names"])}


def test_a_purge_is_undone_by_its_journal(shop: Application, store: Store, cell: Cell, tmp_path: Path) -> None:
    browser = shop.login("rita")
    assert browser.post("/fill").status == 200
    before, cookie, journal = browser.me(), browser.cookie, str(tmp_path / "journal.ndjson")
    id = before["id"]

    purged = store.sessionctl("purge", "--user", "rita", "--yes", "--journal", journal, "--event", "none", "-o", "json", *BRIEFLY)

    assert (purged.code, json.loads(purged.out)["done"]) == (0, 1)
    assert all(answer.turned_away for answer in visits(shop, cookie))
    becomes(set(), lambda: left(store, id))

    [back] = store.json("import", journal)

    assert back["outcome"] == "done"
    assert known(browser.me()) == known(before)
    [ended] = store.json("delete", id, *BRIEFLY)
    assert ended["outcome"] == "done"
    assert all(answer.turned_away for answer in visits(shop, cookie))
    becomes(True, lambda: rightly_told(cell, endings(shop, id), EVENTS["delete"], sorted(before["names"])), lambda: endings(shop, id))
    becomes(may_stay(cell, id), lambda: left(store, id))
