"""Batches of sessions as records. A journal is written while sessions end, so a line must cost hardly more than its base64."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Mapping, Sequence

from sessionctl import fields
from sessionctl.batch import Batch
from sessionctl.formats.cells import interleaved, json_columns
from sessionctl.formats.values import quoted
from sessionctl.layouts import reads
from sessionctl.records.usual import Usual
from sessionctl.remembered import Remembered
from sessionctl.report import Field, Kind, Need
from sessionctl.units import rfc3339

VERSION = "sessionctl/1"
NEED = Need(metadata=True, ttl=True, hash=True)
"""What of a session must be read to record it."""

BESIDE = "beside"
"""The column of ``batch.raw`` with each session's companions: `Beside`s in a list or as `Usual`."""


def raw_document(hash: Mapping[str, bytes]) -> str:
    """A whole hash as JSON text: one base64 for all values, as many small ones cost three times as much."""
    values = hash.values()
    return _TEMPLATES[tuple(hash)] % (*map(len, values), b2a_base64(b"".join(values), newline=False).decode("ascii"))


def _template(names: tuple[str, ...]) -> str:
    """The text around the lengths and the values."""
    fields = ",".join(map(quoted, names)).replace("%", "%%")
    return f'{{"fields":[{fields}],"lengths":[{", ".join(["%d"] * len(names))}],"values":"%s"}}'


_TEMPLATES = Remembered(_template)


def _formats(batch: Batch) -> Sequence[str]:
    return [VERSION] * len(batch)


def _read_at(batch: Batch) -> Sequence[int]:
    return [batch.scope.now] * len(batch)


def _raw(batch: Batch) -> Sequence[str]:
    return list(map(raw_document, batch.raw[reads.HASH]))


def _keys(batch: Batch) -> Sequence[str]:
    return [f"[{several.text() if type(several) is Usual else ','.join([one.text() for one in several])}]" for several in batch.raw[BESIDE]]


FORMAT = Field("format", "FORMAT", Kind.TEXT, "the version of the record", Need(), _formats)
READ_AT = Field("readAt", "READ", Kind.INSTANT, "when the session was read", Need(), _read_at)
RAW = Field("raw", "RAW", Kind.DOCUMENT, "the hash, byte for byte", Need(hash=True), _raw)
KEYS = Field("keys", "KEYS", Kind.DOCUMENT, "the companions that existed", Need(layout=True), _keys)

JOURNAL = (
    fields.ID,
    fields.CREATION_TIME,
    fields.LAST_ACCESSED_TIME,
    fields.MAX_INACTIVE_INTERVAL,
    fields.DEADLINE,
    fields.TTL,
)
"""What a journal tells of every session, beside what all of a batch have in common, and before the raw hash."""


def lines(batch: Batch, *more: Field) -> bytes:
    """The records of `batch`, which was read with `NEED`, with the fields `more` in them; a newline after each."""
    if not len(batch):
        return b""
    wanted = (*JOURNAL, *more, RAW)
    common = f'{{"format":"{VERSION}","namespace":{quoted(batch.scope.keys.namespace)},"readAt":"{rfc3339(batch.scope.now)}"'
    between = [f'{"" if place else common},"{field.name}":' for place, field in enumerate(wanted)]
    return interleaved([*between, "}\n"], json_columns(wanted, batch)).encode()
