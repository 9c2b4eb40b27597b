"""Digests by id: what goes in comes out, and what has changed is told by its name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sessionctl.layouts.keys import text
from sessionctl.ledger import NEVER, Digest, Ledger, digest

UUIDS = st.uuids().map(str)
IDS = UUIDS | UUIDS.map(str.upper) | st.binary(max_size=40).map(text) | st.sampled_from(["", "a", "a:b", "\0" * 16])
DIGESTS = st.builds(
    Digest, st.integers(0, NEVER), st.integers(0, NEVER), st.dictionaries(st.text(max_size=5), st.integers(-(2**63), 2**63 - 1), max_size=5)
)


@given(st.lists(st.tuples(IDS, DIGESTS)), st.lists(IDS))
def test_it_is_a_dict_of_digests(added: list[tuple[str, Digest]], taken: list[str]) -> None:
    ledger, expected = Ledger(), dict[str, Digest]()
    for id, one in added:
        ledger.add(id, one)
        expected[id] = one
    for id in [*taken, *(id for id, _ in added[::2])]:
        assert ledger.take(id) == expected.pop(id, None)
    assert dict(ledger) == expected
    assert ledger.count == len(expected)


BEFORE = {"creationTime": b"1", "lastAccessedTime": b"2", "sessionAttr:cart": b"x", "sessionAttr:removed": b""}


def test_what_has_changed() -> None:
    before = digest(BEFORE, 1000, 2000)
    after = digest({**BEFORE, "lastAccessedTime": b"3", "sessionAttr:cart": b"", "sessionAttr:removed": b"back"}, 1000, 9000)
    assert before.differences(before) == []
    assert before.differences(after) == ["attributes.cart", "attributes.removed", "lastAccessedTime", "ttl"]
    assert before.differences(digest(BEFORE, 1000, 2500)) == []  # set for the same instant, read at two moments
    assert before.differences(digest(BEFORE, 1000, None)) == ["ttl"]
    assert digest(BEFORE, None, None).deadline == NEVER
