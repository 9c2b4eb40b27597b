"""Every object that Java wrote is shown as Java says."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sessionctl.codecs import jdk
from sessionctl.model import Decoded
from tests.codecs.java_corpus import Entry, corpus, shown


def sortable(value: Any, name: str) -> Any:
    """Set.of iterates in an order of its own, other than the one in which it is written."""
    if name.startswith("Set.of"):
        return sorted(value)
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


@pytest.mark.parametrize("entry", corpus(), ids=lambda entry: entry.name.encode("ascii", "replace").decode())
def test_what_java_wrote_is_shown_as_java_says(entry: Entry) -> None:
    found = shown(jdk.decode(entry.raw))

    assert sortable(found, entry.name) == sortable(entry.expected, entry.name)
    assert type(found) is type(entry.expected)


def test_there_are_many_kinds_of_objects() -> None:
    assert len(corpus()) > 350
    assert len({name for entry in corpus() for name in jdk.classes(entry.raw)}) > 150


@pytest.mark.parametrize(
    ("name", "java_class", "suid"),
    [
        ("long 0", "java.lang.Long", 4290774380558885855),
        ("enum", "Samples$Colour", 0),
        ("int[][]", "[[I", 1727100010502261052),
        ("class", "java.lang.Class", None),
        ("class descriptor", "java.io.ObjectStreamClass", None),
        ("primitives", "Samples$Primitives", 42),
        ("UUID", "java.util.UUID", -4856846361193249489),
        ("null", None, None),
        ("two objects", None, None),
    ],
)
def test_the_class_and_its_version_are_told(name: str, java_class: str | None, suid: int | None) -> None:
    [entry] = [entry for entry in corpus() if entry.name == name]
    decoded = jdk.decode(entry.raw)

    assert isinstance(decoded, Decoded)
    assert (decoded.java_class, decoded.serial_version_uid) == (java_class, suid)


def test_the_census_has_every_class_with_its_version() -> None:
    [entry] = [entry for entry in corpus() if entry.name == "subclass"]

    census = jdk.classes(entry.raw)

    assert list(census) == [
        "Samples$Derived",
        "Samples$Base",
        "java.util.ArrayList",
        "java.lang.Integer",
        "java.lang.Number",
        "java.lang.Boolean",
    ]
    assert census["Samples$Derived"] == -7
    assert census["java.util.ArrayList"] == 8683452581122892189


def test_the_census_of_what_is_unreadable_is_empty() -> None:
    assert jdk.classes(b"") == {}
    assert jdk.classes(corpus()[0].raw[:-1]) == {}
