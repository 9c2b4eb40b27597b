"""The collections and maps of the JDK: lists, and dicts where the keys are plain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sessionctl.codecs.jdk.access import elements, field, objects, typed
from sessionctl.codecs.jdk.natural import Kind, Unexpected
from sessionctl.codecs.jdk.nodes import Instance, Raw
from sessionctl.codecs.jdk.protocol import MAX_VALUES
from sessionctl.codecs.jdk.texts import key_text
from sessionctl.model import Value

Parts = Callable[[Instance], Sequence[Raw]]


def as_list(node: Instance, values: list[Value]) -> Value:
    """The parts themselves."""
    return values


def as_map(node: Instance, values: list[Value]) -> Value:
    """Keys and values by turns: a dict by the keys' text, or a list of pairs where that would lose one."""
    keys, items = values[::2], values[1::2]
    texts = [key_text(key) for key in keys]
    if None in texts or len(set(texts)) < len(texts):
        return [{"key": key, "value": value} for key, value in zip(keys, items, strict=True)]
    return {text: value for text, value in zip(texts, items, strict=True) if text is not None}


def as_entry(node: Instance, values: list[Value]) -> Value:
    """One key with its value."""
    return {"key": values[0], "value": values[1]}


def as_inner(node: Instance, values: list[Value]) -> Value:
    """A wrapper: what it wraps."""
    return values[0]


def as_keys(node: Instance, values: list[Value]) -> Value:
    """A set that is kept as the keys of a map: the inner map's keys."""
    return values[::2]


def as_values(node: Instance, values: list[Value]) -> Value:
    """The values of a map."""
    return values[1::2]


def as_entries(node: Instance, values: list[Value]) -> Value:
    """The entries of a map."""
    return [as_entry(node, values[place : place + 2]) for place in range(0, len(values), 2)]


def as_properties(node: Instance, values: list[Value]) -> Value:
    """The defaults, overridden by the entries."""
    own = as_map(node, values[1:])
    defaults = values[0]
    return {**defaults, **own} if isinstance(defaults, dict) and isinstance(own, dict) else own


def _pairs(parts: list[Raw]) -> list[Raw]:
    if len(parts) % 2:
        raise Unexpected
    return parts


def _entries(node: Instance) -> list[Raw]:
    return _pairs(objects(node))


def _fields(*names: str) -> Parts:
    return lambda node: [field(node, name) for name in names]


def _only_field(name: str) -> Parts:
    return lambda node: (field(node, name),)


def _array(name: str) -> Parts:
    return lambda node: elements(node, name)


def _null_ended(node: Instance) -> list[Raw]:
    """The queues of java.util.concurrent write their elements, then null."""
    parts = objects(node)
    if not parts or parts[-1] is not None:
        raise Unexpected
    return parts[:-1]


def _null_ended_entries(node: Instance) -> list[Raw]:
    """The concurrent maps write their entries, then null: one (skip list) or two (hash map)."""
    parts = objects(node)
    while parts and parts[-1] is None and (len(parts) % 2 or parts[-2] is None):
        parts.pop()
    return _pairs(parts)


def _after_comparator(node: Instance) -> list[Raw]:
    parts = objects(node)
    if not parts:
        raise Unexpected
    return parts[1:]


def _vector(node: Instance) -> list[Raw]:
    return elements(node, "elementData")[: typed(node, "elementCount", int)]


def _ring(node: Instance) -> list[Raw]:
    """ArrayBlockingQueue keeps its elements in a ring."""
    items, count, first = elements(node, "items"), typed(node, "count", int), typed(node, "takeIndex", int)
    if not 0 <= count <= len(items) or not 0 <= first <= len(items):
        raise Unexpected
    return (items[first:] + items[:first])[:count]


def _copies(node: Instance) -> list[Raw]:
    count = typed(node, "n", int)
    if not 0 <= count <= MAX_VALUES:
        raise Unexpected
    return [field(node, "element")] * count


def _inner_map(name: str) -> Parts:
    """The entries of the map behind a set or a view."""

    def parts(node: Instance) -> Sequence[Raw]:
        inner = MAPS.get(typed(node, name, Instance).desc.name)
        if inner is None or inner.parts is None:
            raise Unexpected
        return inner.parts(field(node, name))

    return parts


def _properties(node: Instance) -> list[Raw]:
    return [field(node, "defaults"), *_pairs(objects(node))]


def _coll_ser(node: Instance) -> list[Raw]:
    """java.util.CollSer stands for the collections of List.of, Set.of (tags 1, 2, 4) and Map.of (3)."""
    tag = typed(node, "tag", int) & 0xFF
    if tag not in (1, 2, 3, 4):
        raise Unexpected
    return _entries(node) if tag == 3 else objects(node)


def _as_coll_ser(node: Instance, values: list[Value]) -> Value:
    return as_map(node, values) if typed(node, "tag", int) & 0xFF == 3 else values


def _copy_on_write_set(node: Instance) -> list[Raw]:
    return objects(typed(node, "al", Instance))


def _no_parts(node: Instance) -> tuple[()]:
    return ()


MAPS: dict[str, Kind] = {
    "java.util.HashMap": Kind(_entries, as_map),
    "java.util.LinkedHashMap": Kind(_entries, as_map),
    "java.util.TreeMap": Kind(_entries, as_map),
    "java.util.Hashtable": Kind(_entries, as_map),
    "java.util.IdentityHashMap": Kind(_entries, as_map),
    "java.util.EnumMap": Kind(_entries, as_map),
    "java.util.concurrent.ConcurrentHashMap": Kind(_null_ended_entries, as_map),
    "java.util.concurrent.ConcurrentSkipListMap": Kind(_null_ended_entries, as_map),
}

_LISTS: dict[str, Parts] = {
    "java.util.ArrayList": objects,
    "java.util.LinkedList": objects,
    "java.util.ArrayDeque": objects,
    "java.util.PriorityQueue": objects,
    "java.util.HashSet": objects,
    "java.util.LinkedHashSet": objects,
    "java.util.Vector": _vector,
    "java.util.Stack": _vector,
    "java.util.TreeSet": _after_comparator,
    "java.util.Arrays$ArrayList": _array("a"),
    "java.util.EnumSet$SerializationProxy": _array("elements"),
    "java.util.concurrent.CopyOnWriteArrayList": objects,
    "java.util.concurrent.CopyOnWriteArraySet": _copy_on_write_set,
    "java.util.concurrent.ConcurrentLinkedQueue": _null_ended,
    "java.util.concurrent.ConcurrentLinkedDeque": _null_ended,
    "java.util.concurrent.LinkedBlockingQueue": _null_ended,
    "java.util.concurrent.LinkedBlockingDeque": _null_ended,
    "java.util.concurrent.LinkedTransferQueue": _null_ended,
    "java.util.concurrent.ArrayBlockingQueue": _ring,
    "java.util.concurrent.atomic.AtomicIntegerArray": _array("array"),
    "java.util.concurrent.atomic.AtomicLongArray": _array("array"),
    "java.util.concurrent.atomic.AtomicReferenceArray": _array("array"),
    "java.util.Collections$EmptyList": _no_parts,
    "java.util.Collections$EmptySet": _no_parts,
    "java.util.Collections$SingletonList": _only_field("element"),
    "java.util.Collections$SingletonSet": _only_field("element"),
}

_WRAPPERS: dict[str, str] = {
    "java.util.concurrent.PriorityBlockingQueue": "q",
    "java.util.concurrent.atomic.AtomicReference": "value",
    "java.util.Collections$AsLIFOQueue": "q",
    "java.util.Collections$CheckedQueue": "c",
    **{f"java.util.Collections$Unmodifiable{kind}": "c" for kind in ("Collection", "SequencedCollection", "SequencedSet")},
    **{f"java.util.Collections$Unmodifiable{kind}": "m" for kind in ("SequencedMap",)},
    **{
        f"java.util.Collections${wrapper}{kind}": "c"
        for wrapper in ("Unmodifiable", "Synchronized", "Checked")
        for kind in ("Collection", "Set", "SortedSet", "NavigableSet", "List", "RandomAccessList")
    },
    **{
        f"java.util.Collections${wrapper}{kind}": "m"
        for wrapper in ("Unmodifiable", "Synchronized", "Checked")
        for kind in ("Map", "SortedMap", "NavigableMap")
    },
    "java.util.Collections$UnmodifiableMap$UnmodifiableEntrySet": "c",
    "java.util.Collections$UnmodifiableNavigableSet$EmptyNavigableSet": "c",
    "java.util.Collections$UnmodifiableNavigableMap$EmptyNavigableMap": "m",
}

CONTAINERS: dict[str, Kind] = {
    **MAPS,
    **{name: Kind(parts, as_list) for name, parts in _LISTS.items()},
    **{name: Kind(_only_field(inner), as_inner) for name, inner in _WRAPPERS.items()},
    "java.util.Collections$EmptyMap": Kind(_no_parts, as_map),
    "java.util.Collections$SingletonMap": Kind(_fields("k", "v"), as_map),
    "java.util.Collections$SetFromMap": Kind(_inner_map("m"), as_keys),
    "java.util.concurrent.ConcurrentSkipListSet": Kind(_inner_map("m"), as_keys),
    "java.util.concurrent.ConcurrentHashMap$KeySetView": Kind(_inner_map("map"), as_keys),
    "java.util.concurrent.ConcurrentHashMap$ValuesView": Kind(_inner_map("map"), as_values),
    "java.util.concurrent.ConcurrentHashMap$EntrySetView": Kind(_inner_map("map"), as_entries),
    "java.util.Collections$CopiesList": Kind(_copies, as_list),
    "java.util.AbstractMap$SimpleEntry": Kind(_fields("key", "value"), as_entry),
    "java.util.AbstractMap$SimpleImmutableEntry": Kind(_fields("key", "value"), as_entry),
    "java.util.Properties": Kind(_properties, as_properties),
    "java.util.CollSer": Kind(_coll_ser, _as_coll_ser),
}
"""How each class keeps its elements (JDK 8 to 25, from the serial forms in its API documentation)."""
