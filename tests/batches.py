"""Batches made by hand, as if Redis had answered: for tests of the pure layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sessionctl.batch import Batch, Scope
from sessionctl.identity import Identities
from sessionctl.layouts.keys import Keys
from sessionctl.layouts.reads import METADATA, PRINCIPAL, PTTL

NOW = 1_800_000_000_000
MINUTE = 60_000


def session(
    id: str,
    *,
    idle: int = 0,
    age: int | None = None,
    timeout: int | None = 1800,
    user: str | None = None,
    ttl: int = 1000,
    more: dict[str, bytes] | None = None,
) -> dict[str, Any]:
    """One session: `idle` and `age` in milliseconds, `timeout` in seconds (None: the field is missing), `ttl` as PTTL answers."""
    created = NOW - (idle if age is None else age)
    values = (b"%d" % created, b"%d" % (NOW - idle), None if timeout is None else b"%d" % timeout)
    name = None if user is None else f'"{user}"'.encode()
    return {
        "id": id,
        **dict(zip(METADATA, values, strict=True)),
        **dict(zip(PRINCIPAL, (name, None, None), strict=True)),
        PTTL: ttl,
        **(more or {}),
    }


def batch(rows: Sequence[dict[str, Any]]) -> Batch:
    """The sessions as columns."""
    keys = Keys()
    columns = [name for name in rows[0] if name != "id"] if rows else []
    raw = {name: [row[name] for row in rows] for name in columns}
    return Batch([keys.session(row["id"]) for row in rows], raw, Scope(keys, NOW, Identities().name), "here:6379")
