"""What Java wrote, and what Java says must be shown for it (tests/data/java); and sessions captured from real applications."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sessionctl.model import Decoded, JavaObject, Reference, Undecodable, Value

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class Entry:
    """One stream of the corpus."""

    name: str
    raw: bytes
    expected: Any


@cache
def corpus() -> tuple[Entry, ...]:
    lines = (DATA / "java" / "corpus.ndjson").read_text().splitlines()
    return tuple(Entry(entry["name"], base64.b64decode(entry["raw"]), entry["expected"]) for entry in map(json.loads, lines))


@cache
def samples() -> dict[str, bytes]:
    """Security contexts of several versions of Spring Security."""
    return {path.stem: path.read_bytes() for path in sorted((DATA / "samples").glob("*.bin"))}


@cache
def captured() -> tuple[bytes, ...]:
    """Every value in Java's serialization that real applications left in Redis."""
    files = sorted((DATA / "captured").glob("*jdk.json"))
    return tuple(raw for path in files for raw in _streams(json.loads(path.read_text())["keys"]))


@cache
def contexts() -> tuple[bytes, ...]:
    """The security contexts among them."""
    return tuple(raw for raw in captured() if b"SecurityContextImpl" in raw[:80])


def _streams(node: Any) -> Iterator[bytes]:
    if isinstance(node, str) and node.startswith("rO0AB"):
        yield base64.b64decode(node)
    elif isinstance(node, list | dict):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _streams(inner)


def shown(decoded: Decoded | Undecodable | Value) -> Any:
    """A value in the form in which Java told its expectation."""
    match decoded:
        case Decoded():
            return shown(decoded.value)
        case Undecodable():
            return {"@undecodable": True}
        case Reference():
            return {"@reference": decoded.class_name}
        case JavaObject():
            fields = {name: shown(field) for name, field in decoded.fields.items()}
            return {"@class": decoded.class_name, "@suid": decoded.serial_version_uid, "@fields": fields}
        case bytes():
            return {"@bytes": base64.b64encode(decoded).decode()}
        case list():
            return [shown(element) for element in decoded]
        case dict():
            return {key: shown(element) for key, element in decoded.items()}
    return decoded
