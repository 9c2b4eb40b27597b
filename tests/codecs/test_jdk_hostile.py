"""Streams made to hurt end in `Undecodable`, soon and within little memory."""

from __future__ import annotations

import struct
import sys
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sessionctl.codecs import jdk
from sessionctl.codecs.jdk.protocol import MAX_BYTES, MAX_DEPTH
from sessionctl.model import Decoded, JavaObject, Undecodable, Value
from tests.codecs.java_corpus import corpus, samples
from tests.codecs.java_writer import (
    END,
    HEADER,
    NULL,
    Obj,
    Writer,
    array_of,
    described,
    list_of,
    map_of,
    objective,
    primitive,
    reference,
    string,
    utf,
)

OBJECTS = b"\x75" + described("[Ljava.lang.Object;")
LIST = b"\x73" + described("java.util.ArrayList", primitive("I", "size"), 1, flags=3)
NEXT_LIST = b"\x73" + reference(0)


def array(count: int, contents: bytes) -> bytes:
    return OBJECTS + struct.pack(">I", count) + contents


def deep_lists(levels: int) -> bytes:
    begin = bytes(4)
    return LIST + begin + (NEXT_LIST + begin) * (levels - 1) + END * levels


def laughs(levels: int) -> bytes:
    """Arrays of arrays, each of which shows the next one twice: two to the power of `levels` in all."""
    arrays = (b"\x75" + reference(0) + struct.pack(">I", 2)) * levels
    return array(2, arrays) + NULL * 2 + b"".join(reference(handle) for handle in range(levels + 1, 1, -1))


def late_laughs(levels: int) -> bytes:
    """The same within an array: each element holds the one before twice."""
    elements = [b"\x75" + reference(0) + struct.pack(">I", 1) + NULL]
    elements += [b"\x75" + reference(0) + struct.pack(">I", 2) + reference(level + 2) * 2 for level in range(levels)]
    return array(len(elements), b"".join(elements))


def chained_by_references(levels: int) -> bytes:
    """Nested in the graph, but not in the stream: each element holds the one before."""
    elements = [b"\x75" + reference(0) + struct.pack(">I", 0)]
    elements += [b"\x75" + reference(0) + struct.pack(">I", 1) + reference(level + 2) for level in range(levels)]
    return array(len(elements), b"".join(elements))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing but the header": (b"", "empty"),
    "nested 100,000 deep": (deep_lists(100_000), "nested deeper"),
    "arrays nested 100,000 deep": (array(1, b"") + (b"\x75" + reference(0) + struct.pack(">I", 1)) * 100_000, "nested deeper"),
    "deep by references": (chained_by_references(1000), "nested deeper"),
    "an array that claims 2^31 - 1 objects": (array(2**31 - 1, NULL * 10), "too early"),
    "an array that claims 2^32 - 1 objects": (array(2**32 - 1, NULL * 10), "too early"),
    "an array that claims 2^31 - 1 ints": (array_of("I", 2**31 - 1, bytes(8)), "too early"),
    "an array that claims twice the bytes it has": (array_of("J", 8, bytes(32)), "too early"),
    "a long string that claims 2^63 - 1 bytes": (b"\x7c" + struct.pack(">q", 2**63 - 1) + b"x", "too early"),
    "a long string of negative length": (b"\x7c" + struct.pack(">q", -1) + b"x", "too early"),
    "a block that claims 2^32 - 1 bytes": (b"\x7a" + b"\xff" * 4 + b"x", "too early"),
    "an array of a million nulls": (array(1_000_000, NULL * 1_000_000), "more than"),
    "a list of two million nulls": (LIST + bytes(4) + NULL * 2_000_000 + END, "more than"),
    "a million ints": (array_of("I", 1_000_000, bytes(4_000_000)), "more than"),
    "a million booleans": (array_of("Z", 1_000_000, bytes(1_000_000)), "more than"),
    "a million objects": (array(999_999, b"\x73" + described("E") + (b"\x73" + reference(1)) * 999_998), "more than"),
    "a million strings beside each other": (string("") * 1_000_000, "more than"),
    "a billion laughs": (laughs(40), "more than"),
    "a billion laughs in a row": (late_laughs(60), "more than"),
    "endless resets": (b"\x79" * 1_000_000, "resets"),
    "a reset inside an object": (array(1, b"\x79"), "reset"),
    "a reference to nothing": (reference(0), "not there"),
    "a reference before the first": (b"\x71" + struct.pack(">I", 5), "not there"),
    "a reference far away": (b"\x71" + b"\xff" * 4, "not there"),
    "a class that is a string": (string("x") + b"\x73" + reference(0), "class that is none"),
    "a class that is its own superclass": (b"\x73" + described("A", parent=reference(0)), "own superclass"),
    "a loop of superclasses": (b"\x73" + described("A", parent=described("B", parent=reference(0))), "own superclass"),
    "an instance of a class inside its descriptor": (b"\x73" + described("A", annotation=b"\x73" + reference(0)), "own superclass"),
    "1,000 superclasses": (b"\x73" + b"".join(described("A", parent=b"") for _ in range(1000)) + NULL, "superclasses"),
    "annotations in annotations": (
        b"".join(b"\x73\x72" + utf("A") + struct.pack(">qBH", 1, 2, 0) for _ in range(5000)),
        "annotations nested",
    ),
    "65,535 fields, often": ((b"\x73" + described("A", primitive("I", "") * 65535, 65535)) * 5, ""),
    "fields that were promised": (b"\x73" + described("A", primitive("I", "x"), 65535), ""),
    "a field of no type": (b"\x73" + described("A", primitive("Q", "x"), 1), "no type of a field"),
    "a type that is no string": (b"\x73" + described("A", objective("x", NULL + bytes(4)), 1), "without a type"),
    "a type that is a class": (b"\x73" + described("A", objective("x", reference(0)), 1) + NULL, "without a type"),
    "a primitive after an object": (
        b"\x73" + described("A", objective("o", string("LX;")) + primitive("I", "i"), 2) + bytes(5),
        "after an object",
    ),
    "both Serializable and Externalizable": (b"\x73" + described("A", flags=6), "both"),
    "Externalizable of protocol version 1": (b"\x73" + described("A", flags=4), "version 1"),
    "an object without a class": (b"\x73" + NULL, "without a class"),
    "an array of no type": (array_of("Q", 1, bytes(8)), "no class of an array"),
    "an end without a beginning": (END, "end mark"),
    "a block inside an array": (array(1, b"\x77\x01x"), "block data"),
    "no such type": (b"\x6f", "no such type"),
    "a constant whose name is null": (b"\x7e" + described("E", flags=0x12) + NULL, "no name"),
    "a constant whose name is itself": (b"\x7e" + described("E", flags=0x12) + reference(1), "no name"),
    "a failure that fails": (b"\x7b" * 100_000, ""),
    "a proxy of 2^32 - 1 interfaces": (b"\x73\x7d" + b"\xff" * 4, "more than"),
    "no modified UTF-8: cut short": (b"\x74\x00\x01\xc3", "UTF-8"),
    "no modified UTF-8: four bytes": (b"\x74\x00\x04\xf0\x9f\x98\x80", "UTF-8"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_stream_is_undecodable(name: str) -> None:
    contents, reason = HOSTILE[name]
    raw = HEADER + contents

    tracemalloc.start()
    try:
        decoded = jdk.decode(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(decoded, Undecodable)
    assert reason in decoded.reason
    assert decoded.raw == raw
    assert peak < 64 * 2**20


def test_more_than_16_mebibytes_are_refused_at_once() -> None:
    assert jdk.decode(HEADER + bytes(MAX_BYTES)) == Undecodable("larger than 16 MiB", HEADER + bytes(MAX_BYTES))


def test_what_is_no_stream_is_undecodable() -> None:
    for raw in (b"", b"\xac\xed", b"\xac\xed\x00\x04t\x00\x00", b"1404360000000"):
        assert jdk.decode(raw) == Undecodable("no Java serialization stream of version 5", raw)


def test_lists_may_lie_as_deep_as_the_limit() -> None:
    assert isinstance(jdk.decode(HEADER + deep_lists(MAX_DEPTH)), Decoded)
    assert isinstance(jdk.decode(HEADER + deep_lists(MAX_DEPTH + 1)), Undecodable)


def test_reading_needs_no_recursion() -> None:
    def at_the_brink(levels: int) -> Any:
        return at_the_brink(levels - 1) if levels else jdk.decode(HEADER + deep_lists(MAX_DEPTH))

    used = len(__import__("inspect").stack())
    assert isinstance(at_the_brink(sys.getrecursionlimit() - used - 40), Decoded)


@pytest.mark.parametrize("name", ["securitycontext-upat-user-620", "securitycontext-upat-string-420"])
def test_cut_anywhere_a_stream_is_undecodable(name: str) -> None:
    raw = samples()[name]

    for length in range(len(raw)):
        assert isinstance(jdk.decode(raw[:length]), Undecodable), length


def test_bytes_after_the_value_are_not_overlooked() -> None:
    raw = samples()["securitycontext-upat-user-620"]

    assert isinstance(jdk.decode(raw + b"\0"), Undecodable)


def test_a_number_of_a_million_digits_is_not_printed() -> None:
    magnitude = array_of("B", 415_242, b"\x01" + bytes(415_241))
    fields = primitive("I", "signum") + b"[" + utf("magnitude") + string("[B")
    raw = HEADER + b"\x73" + described("java.math.BigInteger", fields, 2) + struct.pack(">i", 1) + magnitude

    decoded = jdk.decode(raw)

    assert isinstance(decoded, Decoded)
    assert isinstance(decoded.value, Undecodable)
    assert decoded.value.reason == "a number of more than 4000 digits"


def test_a_decimal_with_a_huge_exponent_stays_short() -> None:
    [entry] = [entry for entry in corpus() if entry.name == "BigDecimal 1E+3"]
    raw = entry.raw.replace(struct.pack(">i", -3), struct.pack(">i", -(2**31)), 1)

    assert jdk.decode(raw) == Decoded("1E+2147483648", "java.math.BigDecimal", 6108874887143696463)


@pytest.mark.parametrize(
    "hostile",
    [
        Obj("java.util.ArrayList", {"size": 1}),
        Obj("java.util.HashMap", {}, ["key without a value"]),
        Obj("java.util.Date", {}, [b"short"]),
        Obj("java.util.UUID", {"mostSigBits": "text"}),
        Obj("java.util.Locale", {"language": 7}),
        Obj("java.util.Collections$CopiesList", {"n": -1, "element": None}),
        Obj("java.util.Collections$CopiesList", {"n": 2**31 - 1, "element": "x"}),
        Obj("java.util.Collections$SetFromMap", {"m": "no map"}),
        Obj("java.util.concurrent.ArrayBlockingQueue", {"count": 9, "takeIndex": -3, "items": None}),
        Obj("java.util.BitSet", {"bits": "text"}),
        Obj("java.math.BigInteger", {"signum": 7, "magnitude": "text"}),
        Obj("java.lang.StringBuilder", {}, ["x"]),
        Obj("java.net.InetAddress", {"address": "text"}),
        Obj("java.net.InetSocketAddress", {"port": 1, "addr": Obj("X"), "hostname": None}),
        Obj("java.lang.Character", {"value": "text"}),
        Obj("java.time.Ser", {}, [b"\x63"], external=True),
        Obj("java.util.CollSer", {"tag": 9}, []),
    ],
    ids=lambda hostile: hostile.class_name,
)
def test_an_object_that_is_not_what_its_name_says_is_shown_field_by_field(hostile: Obj) -> None:
    decoded = jdk.decode(Writer().stream(hostile))

    assert isinstance(decoded, Decoded)
    assert isinstance(decoded.value, JavaObject)
    assert decoded.value.class_name == hostile.class_name
    assert set(decoded.value.fields) - {"@data"} == set(hostile.fields)


def test_keys_of_a_map_are_never_lost() -> None:
    entries: Value = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    twice = Obj("java.util.HashMap", {}, ["a", "1", "a", "2"])

    assert jdk.decode(Writer().stream(twice)) == Decoded(entries, "java.util.HashMap", 1)
    assert jdk.decode(Writer().stream(map_of({"a": "1"}))) == Decoded({"a": "1"}, "java.util.HashMap", 1)


def test_what_looks_like_a_terminal_sequence_stays_data() -> None:
    assert jdk.decode(Writer().stream(list_of("\x1b[31m"))) == Decoded(["\x1b[31m"], "java.util.ArrayList", 1)


def depth(value: Value) -> int:
    if isinstance(value, JavaObject):
        return 1 + max(map(depth, value.fields.values()), default=0)
    if isinstance(value, dict | list):
        return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
    return 0


small = st.sampled_from([entry.raw for entry in corpus() if len(entry.raw) < 3000])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real stream with some bytes replaced, removed, or put in from another one."""
    raw = bytearray(draw(small))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        other = draw(small)
        start = draw(st.integers(0, len(other)))
        piece = draw(
            st.one_of(st.binary(max_size=3), st.integers(0x70, 0x7E).map(lambda code: bytes([code])), st.just(other[start : start + 60]))
        )
        raw[at : at + draw(st.integers(0, 8))] = piece
    return bytes(raw)


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_a_damaged_stream_is_a_value_or_undecodable(raw: bytes) -> None:
    decoded = jdk.decode(raw)

    assert isinstance(decoded, Decoded | Undecodable)
    if isinstance(decoded, Decoded):
        assert depth(decoded.value) <= 2 * MAX_DEPTH
        assert jdk.decode(raw) == decoded or "nan" in repr(decoded)
    jdk.classes(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_noise_after_the_header_is_a_value_or_undecodable(noise: bytes) -> None:
    assert isinstance(jdk.decode(HEADER + noise), Decoded | Undecodable)


def test_the_reason_names_what_the_writer_could_not_write() -> None:
    [entry] = [entry for entry in corpus() if entry.name == "the writer failed"]

    assert jdk.decode(entry.raw) == Undecodable("the writer failed: java.io.NotSerializableException: java.lang.Object", entry.raw)
