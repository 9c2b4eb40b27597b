"""Descriptors are remembered from stream to stream; only the very same bytes in the same place may mean the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sessionctl.codecs import jdk
from sessionctl.model import Decoded, JavaObject, Undecodable
from tests.codecs.java_writer import HEADER, NULL, described, objective, primitive, reference, string

ANY = "Ljava/lang/Object;"


def read(contents: bytes) -> JavaObject:
    decoded = jdk.decode(HEADER + contents)
    assert isinstance(decoded, Decoded)
    assert isinstance(decoded.value, JavaObject)
    return decoded.value


@pytest.mark.parametrize("times", [1, 2])
def test_a_class_of_the_same_name_and_version_may_have_other_fields(times: int) -> None:
    for _ in range(times):
        assert read(b"\x73" + described("A", primitive("I", "x"), 1) + bytes(4)) == JavaObject("A", {"x": 0}, 1)
        assert read(b"\x73" + described("A", primitive("I", "y"), 1) + bytes(4)) == JavaObject("A", {"y": 0}, 1)
        assert read(b"\x73" + described("A", primitive("J", "x"), 1) + bytes(8)) == JavaObject("A", {"x": 0}, 1)


def test_a_remembered_descriptor_gives_out_the_same_handles() -> None:
    raw = b"\x73" + described("B", objective("first", string(ANY)) + objective("second", reference(1)), 2) + string("text") + reference(3)

    assert read(raw) == read(raw) == JavaObject("B", {"first": "text", "second": "text"}, 1)


def test_a_remembered_superclass_must_be_the_same_one() -> None:
    def derived(parent_field: str) -> JavaObject:
        parent = b"\x73" + described("P", primitive("I", parent_field), 1) + bytes(4)
        child = b"\x73" + described("C", primitive("I", "own"), 1, parent=reference(0)) + bytes(8)
        decoded = jdk.decode(HEADER + parent + child)
        assert isinstance(decoded, Decoded)
        assert isinstance(decoded.value, list)
        assert isinstance(decoded.value[1], JavaObject)
        return decoded.value[1]

    for _ in range(2):
        assert derived("x") == JavaObject("C", {"x": 0, "own": 0}, 1)
        assert derived("y") == JavaObject("C", {"y": 0, "own": 0}, 1)


def test_a_type_named_by_reference_must_be_a_name_in_this_stream_too() -> None:
    child = b"\x73" + described("D", objective("f", reference(0)), 1) + NULL
    by_name, by_class = string(ANY) + child, b"\x76" + described("E") + child

    for _ in range(2):
        assert isinstance(jdk.decode(HEADER + by_name), Decoded)
        assert isinstance(jdk.decode(HEADER + by_class), Undecodable)


def test_what_a_class_is_annotated_with_is_skipped_but_has_handles() -> None:
    annotation = b"\x77\x02ab" + string("file:/lib/app.jar") + NULL
    raw = b"\x73" + described("F", objective("f", string(ANY)), 1, annotation=annotation) + reference(2)

    assert read(raw) == read(raw) == JavaObject("F", {"f": "file:/lib/app.jar"}, 1)


def test_a_field_hides_one_of_the_superclass() -> None:
    parent = described("P", primitive("I", "x"), 1)

    assert read(b"\x73" + described("G", primitive("I", "x"), 1, parent=parent) + bytes(4) + b"\0\0\0\7") == JavaObject("G", {"x": 7}, 1)


def test_the_census_takes_remembered_descriptors_too() -> None:
    raw = HEADER + b"\x73" + described("H", suid=5, parent=described("P", suid=-6))

    assert jdk.classes(raw) == jdk.classes(raw) == {"H": 5, "P": -6}


def test_the_prefixes_come_without_the_reader() -> None:
    script = "import sys; from sessionctl.codecs.jdk import LONG_PREFIX; print('sessionctl.codecs.jdk.reader' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
