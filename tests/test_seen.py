"""Each key is fresh once, whatever else was met."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sessionctl.seen import Seen


@given(st.lists(st.lists(st.binary(max_size=20), max_size=20), max_size=20))
def test_like_a_set(batches: list[list[bytes]]) -> None:
    seen, known = Seen(), set[bytes]()
    for batch in batches:
        expected = [key not in known and key not in batch[:number] for number, key in enumerate(batch)]
        assert seen.fresh(batch) == expected
        known.update(batch)


def test_many_keys_share_few_buckets_without_being_mixed_up() -> None:
    seen = Seen()
    keys = [b"spring:session:sessions:%d" % number for number in range(200_000)]
    assert all(seen.fresh(keys))
    assert not any(seen.fresh(keys))
