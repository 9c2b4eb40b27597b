"""The codec for all that no other one reads: it names the likely writer, and changes nothing."""

from __future__ import annotations

from sessionctl.model import Undecodable
from sessionctl.plan import JavaValue

NAME = "opaque"

PREVIEW = 16
"""How many bytes are shown."""

_MARKS = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"\xff\x06\x00\x00sNaPpY", "Snappy"),
    (b"\x78\x9c", "zlib"),
    (b"\xac\xed", "Java serialization of another version"),
    (b"\x92", "fastjson2 JSONB"),  # BC_TYPED_ANY: a class name follows
)
_KRYO_TYPES = range(0x01, 0x0C)


def sniff(raw: bytes) -> bool:
    """Anything."""
    return True


def decode(raw: bytes) -> Undecodable:
    """Never a value: what the bytes look like, how many there are, and the first of them."""
    if not raw:
        return Undecodable("empty: nothing is stored", raw)
    more = "…" if len(raw) > PREVIEW else ""
    return Undecodable(f"opaque bytes: looks like {likely_writer(raw)}; {len(raw):,} bytes, {raw[:PREVIEW].hex(' ')}{more}", raw)


def encode(value: JavaValue, like: bytes) -> bytes:
    """Raises ValueError: nothing can be written in an encoding that is not known."""
    raise ValueError(f"{value.value} can't be written: the application's encoding is unknown ({likely_writer(like)})")


def likely_writer(raw: bytes) -> str:
    """The compression or serializer that begins its data like `raw`, else ``unknown``."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    return "Kryo" if _is_kryo(raw) else "unknown"


def _is_kryo(raw: bytes) -> bool:
    """Kryo has no mark. It begins with a class: 1 and a name id for one with its name, else a registered primitive's number plus 2."""
    if not raw or raw[0] not in _KRYO_TYPES or len(raw) < 2:
        return False
    if raw[0] == 0x01:
        return raw[1] == 0x00 and len(raw) > 2
    if raw[0] in (0x02, 0x09):  # an int or a long, a varint
        return len(raw) <= 10 and all(byte & 0x80 for byte in raw[1:-1]) and raw[-1] < 0x80
    return raw[0] == 0x03 or len(raw) <= 9
