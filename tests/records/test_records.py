"""The record of a session: what goes in comes out byte for byte, and what a file claims is checked."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionctl import fields
from sessionctl.batch import Batch, Scope
from sessionctl.identity import Identities
from sessionctl.layouts.keys import Keys, raw, text
from sessionctl.layouts.reads import HASH, METADATA, PTTL
from sessionctl.model import State
from sessionctl.records import texts, write
from sessionctl.records.beside import Beside
from sessionctl.records.read import Record, parse
from tests.batches import NOW

LOGGED_IN = {
    "creationTime": b"%d" % (NOW - 5000),
    "lastAccessedTime": b"%d" % NOW,
    "maxInactiveInterval": b"1800",
    "sessionAttr:a": b"\xff\n",
}


def batch(hashes: dict[str, dict[str, bytes]], ttl: int = 1_800_250, namespace: str = "spring:session") -> Batch:
    """Sessions by id, read at NOW."""
    keys = Keys(namespace)
    raw: dict[str, list[Any]] = {HASH: list(hashes.values()), PTTL: [ttl] * len(hashes)}
    raw |= {name: [hash.get(name) for hash in hashes.values()] for name in METADATA}
    return Batch([keys.session(id) for id in hashes], raw, Scope(keys, NOW, Identities().name))


def restored(lines: bytes) -> list[Record | ValueError]:
    return parse(lines.splitlines())


def record(line: bytes) -> Record:
    [found] = parse([line])
    if isinstance(found, ValueError):
        raise found
    return found


def test_a_record_is_the_session_document_and_the_raw_hash() -> None:
    one = batch({"3f2a9c1e": LOGGED_IN})
    one.columns["layout"] = ["simple"]
    assert write.lines(one, fields.LAYOUT).decode() == (
        '{"format":"sessionctl/1","namespace":"spring:session","readAt":"2027-01-15T08:00:00.000Z","id":"3f2a9c1e",'
        '"creationTime":"2027-01-15T07:59:55.000Z","lastAccessedTime":"2027-01-15T08:00:00.000Z","maxInactiveInterval":1800,'
        '"deadline":"2027-01-15T08:30:00.000Z","ttl":1800.250,"layout":"simple",'
        '"raw":{"fields":["creationTime","lastAccessedTime","maxInactiveInterval","sessionAttr:a"],"lengths":[13, 13, 4, 2],'
        '"values":"MTc5OTk5OTk5NTAwMDE4MDAwMDAwMDAwMDAxODAw/wo="}}\n'
    )


def test_it_reads_back() -> None:
    assert restored(write.lines(batch({"a": LOGGED_IN, "b": LOGGED_IN}, namespace="shop"))) == [
        Record(id, "shop", NOW, 1_800_250, hash=LOGGED_IN) for id in ("a", "b")
    ]
    one = record(write.lines(batch({"a": LOGGED_IN}, ttl=-1)).strip())
    assert (one.end, one.deadline, one.state(NOW)) == (None, NOW + 1_800_000, State.ACTIVE)
    assert one.state(NOW + 1_800_000) == State.EXPIRED


names = st.binary(min_size=1, max_size=20).map(text)


@given(
    st.dictionaries(names, st.dictionaries(names, st.binary(max_size=200), min_size=1), min_size=1, max_size=5),
    names,
    st.integers(-1, 10**12),
)
def test_any_bytes_survive(hashes: dict[str, dict[str, bytes]], namespace: str, ttl: int) -> None:
    lines = write.lines(batch(hashes, ttl, namespace))
    lines.decode("utf-8")
    assert restored(lines) == [Record(id, namespace, NOW, None if ttl < 0 else ttl, hash=hash) for id, hash in hashes.items()]


companions = st.builds(
    Beside,
    st.binary(min_size=1),
    st.sampled_from(("string", "set", "zset")),
    st.sampled_from(("expires key", "minute bucket", "principal index")),
    st.none() | st.integers(0, 10**12),
    st.lists(st.binary()).map(tuple),
    st.none() | st.integers(0, 10**13).map(float) | st.floats(-1e12, 1e12),
)


usual = st.builds(
    Beside,
    st.from_regex(r"[a-zü:]+", fullmatch=True).map(raw),
    st.sampled_from(("string", "set", "zset")),
    st.sampled_from(("expires key", "minute bucket", "principal index")),
    st.none() | st.integers(0, 10**12),
    st.binary(min_size=1).map(lambda member: (member,)) | st.just(()),
    st.none() | st.integers(0, 10**13).map(float),
)


@given(st.dictionaries(names, st.binary(max_size=200), min_size=1), st.lists(usual) | st.lists(companions))
def test_lines_of_ours_are_read_as_those_of_others_only_quicker(hash: dict[str, bytes], several: list[Beside]) -> None:
    one = batch({"a": {**LOGGED_IN, **hash}})
    one.raw[write.BESIDE] = [several]
    journal = write.lines(one, fields.NAMESPACE, write.KEYS).strip()
    export = journal.replace(b',"keys":', b',"attributes":{"keys":[]},"keys":', 1)
    document = json.loads(journal)
    others = json.dumps({"raw": document.pop("raw"), **document}, indent=1).encode()
    assert record(journal) == record(export) == record(others)


@given(st.lists(companions))
def test_companions_survive(several: list[Beside]) -> None:
    one = batch({"a": LOGGED_IN})
    one.raw[write.BESIDE] = [several]
    assert record(write.lines(one, write.KEYS).strip()).beside == tuple(several)


OURS = Beside(b"a", "set", "", None, (b"x",)).text().encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        OURS,
        OURS + b",]",
        OURS + b"]]",
        OURS + b" ]",
        OURS + OURS + b"]",
        OURS.replace(b'"a"', b'"\n"') + b"]",
        OURS.replace(b'"a"', b'"\xff"') + b"]",
        OURS.replace(b'"a"', b'"\\u0061"') + b"]",
        OURS.replace(b'"eA=="', b'"eA="') + b"]",
        OURS.replace(b"null", b"07.000") + b"]",
        OURS.replace(b'"eA=="', b'"eA==","eQ=="') + b"]",
    ],
)
def test_what_is_not_quite_ours_is_not_read_quickly(text: bytes) -> None:
    assert Beside.several(OURS + b"]") == (Beside(b"a", "set", "", None, (b"x",)),)
    with pytest.raises(ValueError):  # noqa: PT011  # nobody reads it: the line is read in full then
        Beside.several(text)


def exported(id: str, value: str, ago: int = 0) -> bytes:
    """A line as an export has it, of a session that was last used `ago` milliseconds before."""
    one = batch({id: {**LOGGED_IN, "lastAccessedTime": b"%d" % (NOW - ago), "sessionAttr:a": value.encode()}})
    one.columns["layout"] = ["simple"]
    one.raw[write.BESIDE] = [[]]
    return write.lines(one, fields.LAYOUT, texts.field(), write.KEYS).strip()


ALICE, BOB = exported("alice", "tea", ago=7), exported("bob", "coffee")
RAW = (b'{"fields":["a"],"lengths":[3],"values":', b"}}")


def test_a_file_that_lost_a_piece_gives_nobody_the_session_of_another() -> None:
    head, tail = ALICE[: ALICE.index(b'"size"')], BOB[BOB.index(b"coffee") :]
    for line in (head + tail, head + b"\0" * 4096 + tail):
        with pytest.raises(ValueError, match="it is no whole JSON object"):
            record(line)


@pytest.mark.parametrize(
    "line",
    [
        ALICE.replace(b"=", b"\\u003d"),  # as Gson writes it
        ALICE.replace(b"MTc5", b"MTc\\u0035"),
        re.sub(rb'"creationTime":"[^"]*"', b'"creationTime":null', ALICE),
        re.sub(rb'(.*),("attributes":.*),("keys":.*)', rb"{\2,\1,\3", ALICE).replace(b",{", b",", 1),
        re.sub(rb'(.*),("id":"\w+")(.*),("keys":.*)', rb"\1\3,\2,\4", ALICE),
        re.sub(rb'(.*),("ttl":[\d.]+)(.*),("keys":.*)', rb"\1\3,\2,\4", ALICE),
    ],
)
def test_what_others_write_means_the_same(line: bytes) -> None:
    assert json.loads(line).keys() == json.loads(ALICE).keys()
    assert record(line) == record(ALICE)


@pytest.mark.parametrize("more", [b'"","more":"YWFh"', b'""},"more":{"values":"YWFh"', b'""},"raw":{"fields":["a"],"values":"YWFh"'])
def test_only_the_values_of_the_hash_are_its_values(more: bytes) -> None:
    line = ALICE[: ALICE.rindex(b'{"fields"')] + more.join(RAW)
    assert json.loads(line)
    with pytest.raises(ValueError, match="raw hash"):
        record(line)


TWICE = "a field of its raw hash is there twice"
MISFIT = "the fields and lengths of its raw hash don't fit together"
LENGTH = "the values of its raw hash are not as long as they should be"
WHOLE = json.loads(write.lines(batch({"a": LOGGED_IN})))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "sessionctl/2"}, "its format is 'sessionctl/2', and this sessionctl reads sessionctl/1"),
        ({"format": None}, "it has no format, and this sessionctl reads sessionctl/1"),
        ({"id": 7}, "its id is missing"),
        ({"namespace": ""}, "its namespace is missing"),
        ({"readAt": "yesterday"}, "its readAt is no instant"),
        ({"ttl": "long"}, "'long' is no number"),
        ({"ttl": 1e300}, "'1e+300' is no number"),
        ({"layout": "flat"}, "it is of an unknown layout"),
        ({"layout": ["simple"]}, "it is of an unknown layout"),
        ({"raw": {"fields": ["a"], "lengths": [3], "values": "YWI="}}, LENGTH),
        (
            {"raw": {"fields": ["a", "a"], "lengths": [1, 1], "values": "YWI="}},
            TWICE,
        ),
        ({"raw": {"fields": ["a"], "lengths": [-1], "values": ""}}, MISFIT),
        ({"raw": {"fields": ["a"], "lengths": [True], "values": "YQ=="}}, MISFIT),
        ({"raw": {"fields": "a", "lengths": [1], "values": "YQ=="}}, "its raw hash lacks fields, lengths or values"),
        ({"raw": {"fields": [1], "lengths": [1], "values": "YQ=="}}, "a field of its raw hash has no name"),
        ({"raw": []}, "its raw hash is no object"),
        ({"keys": {}}, "its keys are no list"),
        ({"keys": ["a"]}, "a key is no object"),
        ({"keys": [{"key": "a", "type": "list", "role": ""}]}, "a key has no name, type or role"),
        ({"keys": [{"key": "a", "type": "set", "role": "", "members": "YQ=="}]}, "the members of a key are no list of text"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        record(json.dumps({**WHOLE, **change}).encode())


def test_attributes_are_skipped_wherever_they_stand() -> None:
    attributes = {"raw": {"fields": {"keys": [1]}}, "attributes": {"a": 1, "raw": {"fields": []}}, 'x","raw":{"fields":[': "}"}
    for order in ((WHOLE, {"attributes": attributes}), ({"attributes": attributes}, WHOLE)):
        document = {**order[0], **order[1]}
        for keys in ("null", "[]"):
            text = json.dumps({**document, "raw": document.pop("raw"), "keys": json.loads(keys)}, separators=(",", ":"))
            assert record(text.encode()).hash == LOGGED_IN
            document["raw"] = WHOLE["raw"]


@given(st.binary(max_size=300) | st.integers(0, 400).map(lambda length: json.dumps(WHOLE).encode()[:length]))
def test_damage_is_never_more_than_a_reason(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"it is no (whole )?JSON object|it has no format"):
        record(line)


def test_a_value_without_an_end_is_no_record() -> None:
    for line in (b"[" * 100_000, b'{"format":' * 100_000, b"9" * 10_000, b"null", b"NaN"):
        with pytest.raises(ValueError, match="it is no"):
            record(line)
