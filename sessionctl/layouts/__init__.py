"""Where Spring Session puts a session: the table of layouts, and how one is recognised from what lies in Redis."""

from __future__ import annotations

from sessionctl.layouts import indexed, reactive_indexed, simple
from sessionctl.layouts.base import Layout

LAYOUTS: dict[str, Layout] = {layout.NAME: layout for layout in (simple, indexed, reactive_indexed)}

GRACE = indexed.GRACE
"""By how much the hash of an indexed layout outlives its deadline, in milliseconds."""

_CLEARLY = GRACE * 2 // 3  # a TTL that outlasts the deadline by so much has that grace period


def recognise(
    *, expires: bool, back_references: bool, bucket: bool, deleted: bool, logged_in: bool, beyond: int | None, usual: str | None
) -> str:
    """The name of the layout that wrote a session.

    `expires`, `back_references`, `bucket`: whether it has such companions; `deleted`: it is a tombstone, which only the servlet's indexed
    repository leaves; `logged_in`: it has a principal, which the reactive repository never leaves without back references; `beyond`: by
    how many milliseconds the TTL outlasts the deadline; `usual`: the indexed layout of its neighbours.
    """
    if back_references:
        return reactive_indexed.NAME
    if bucket or deleted:
        return indexed.NAME
    if expires or (beyond is not None and beyond > _CLEARLY):
        return indexed.NAME if logged_in else usual or indexed.NAME
    return simple.NAME
