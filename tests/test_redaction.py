"""What is shown to others has no session's id, whatever it stands in, and is still the same document."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from sessionctl.formats.values import json_text
from sessionctl.redaction import hashed, without_ids

UUID, NUMBER = "2691ce0d-3019-4e06-9164-2d079a53c731", "1234567890123456789"


def redacted(value: Any, id: str) -> Any:
    return json.loads(without_ids(json_text(value), id))


@pytest.mark.parametrize("id", [UUID, NUMBER, 'an id with "quotes" and \\', "zoë zoë zoë zoë zoë"])
def test_an_id_in_texts(id: str) -> None:
    value = {"a": id, "b": [f"the session {id}: {id}"], id: True, "nested": json.dumps({"id": UUID}), "c": 1}
    shown = hashed(id)
    nested = json.dumps({"id": hashed(UUID)}) if id == UUID else value["nested"]
    assert redacted(value, id) == {"a": shown, "b": [f"the session {shown}: {shown}"], shown: True, "nested": nested, "c": 1}


@pytest.mark.parametrize("id", [UUID, "zoë zoë zoë zoë zoë"])
def test_as_its_cookie_has_it(id: str) -> None:
    cookie = b64encode(id.encode()).decode()
    assert redacted(f"SESSION={cookie}; a=b", id) == f"SESSION={hashed(id)}{'=' * cookie.count('=')}; a=b"


def test_an_id_that_is_a_number() -> None:
    value = [int(NUMBER), {"a": -int(NUMBER), "b": int(NUMBER + "0")}, f"[{NUMBER},", 12, 'a"b', 1.5]
    shown = hashed(NUMBER)
    assert redacted(value, NUMBER) == [shown, {"a": shown, "b": shown}, f"[{shown},", 12, 'a"b', 1.5]


def test_the_id_at_the_login() -> None:
    assert redacted({"sessionId": "another"}, UUID) == {"sessionId": hashed("another")}


def test_a_short_id_may_be_a_word() -> None:
    assert redacted({"class": "shop.Cart"}, "class") == {"class": "shop.Cart"}
