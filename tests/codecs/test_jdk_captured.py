"""Values of real applications, and an independent reader of the same bytes."""

from __future__ import annotations

import io
from typing import Any

import javaobj.v2.beans
import javaobj.v2.core
import pytest

from sessionctl.codecs import jdk
from sessionctl.codecs.jdk.nodes import Instance
from sessionctl.codecs.jdk.reader import Reader
from sessionctl.model import Decoded, JavaObject
from tests.codecs.java_corpus import Entry, captured, contexts, corpus, samples, shown

UNREADABLE_FOR_JAVAOBJ = ("lone", "swapped", "proxy")


def test_every_captured_value_is_read_whole() -> None:
    decoded = [jdk.decode(raw) for raw in captured()]

    assert len(decoded) > 200
    assert all(isinstance(value, Decoded) for value in decoded)
    assert not [value for value in decoded if "@data" in str(value) or "Undecodable" in str(value)]


@pytest.mark.parametrize("name", samples())
def test_a_sample_has_its_principal_and_its_version(name: str) -> None:
    _, _, kind, version = name.split("-")
    decoded = jdk.decode(samples()[name])

    assert isinstance(decoded, Decoded)
    assert decoded.java_class == "org.springframework.security.core.context.SecurityContextImpl"
    assert decoded.serial_version_uid == int(version)
    authentication = shown(decoded)["@fields"]["authentication"]["@fields"]
    assert authentication["authenticated"] is True
    if kind == "string":
        assert authentication["principal"] == "bob"
    else:
        assert authentication["principal"]["@fields"]["username"] == "alice"
        assert authentication["details"]["@fields"]["remoteAddress"] == "10.0.0.7"


def test_a_captured_context_is_shown_in_natural_values() -> None:
    found = next(shown(jdk.decode(raw)) for raw in contexts() if b"zoe" in raw)

    principal = found["@fields"]["authentication"]["@fields"]["principal"]["@fields"]
    assert principal["attributes"] == {"id": 4711, "login": "zoe"}
    assert [role["@fields"]["role"] for role in principal["authorities"]] == ["ROLE_ADMIN", "ROLE_USER"]


@pytest.mark.parametrize(
    "entry",
    [entry for entry in corpus() if not isinstance(entry.expected, dict) or "@undecodable" not in entry.expected],
    ids=lambda entry: entry.name.encode("ascii", "replace").decode(),
)
def test_javaobj_gives_the_same_handles(entry: Entry) -> None:
    if any(word in entry.name for word in UNREADABLE_FOR_JAVAOBJ):
        pytest.skip("javaobj does not read this")

    assert ours(entry.raw) == theirs(entry.raw)


def test_javaobj_gives_the_same_handles_for_captured_values() -> None:
    for raw in {*captured(), *samples().values()}:
        assert ours(raw) == theirs(raw)


def ours(raw: bytes) -> list[str]:
    """The strings, and the classes of the objects, in the order of their handles."""
    reader = Reader(raw)
    reader.contents()
    return [node if isinstance(node, str) else node.desc.name for node in reader.handles if isinstance(node, str | Instance)]


def theirs(raw: bytes) -> list[str]:
    parser = javaobj.v2.core.JavaStreamParser(io.BytesIO(raw), [])
    parser.run()
    handles: dict[int, Any] = vars(parser)["_JavaStreamParser__handles"]
    found = []
    for _, node in sorted(handles.items()):
        if isinstance(node, javaobj.v2.beans.JavaString):
            found.append(str(node.value))
        elif isinstance(node, javaobj.v2.beans.JavaInstance):
            found.append(str(node.classdesc.name))
    return found


def test_the_fields_of_a_java_object_keep_their_order() -> None:
    decoded = jdk.decode(samples()["securitycontext-upat-user-620"])

    assert isinstance(decoded, Decoded)
    assert isinstance(decoded.value, JavaObject)
    authentication = decoded.value.fields["authentication"]
    assert isinstance(authentication, JavaObject)
    assert list(authentication.fields) == ["authenticated", "authorities", "details", "credentials", "principal"]
