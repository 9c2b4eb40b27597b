"""What a command hands to a format: fields, and batches of rows held as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol, TypeAlias


class Kind(Enum):
    """What the values of a column are; each format says once how it writes a kind. None is always allowed and means unknown or never."""

    TEXT = auto()  # str
    ID = auto()  # str, a session id: a bearer credential, shortened on a terminal
    STATE = auto()  # str, one of State, or an outcome: coloured by its meaning
    INSTANT = auto()  # int, milliseconds since the epoch
    DURATION = auto()  # int, milliseconds; shown as seconds with three decimals where a program reads
    INTERVAL = auto()  # int, whole seconds; negative: never (Spring's maxInactiveInterval)
    BYTES = auto()  # int, a size
    COUNT = auto()  # int
    FLAG = auto()  # bool
    NAMES = auto()  # list[str]
    TABLE = auto()  # Table, rows inside a row
    VALUE = auto()  # a decoded value of a session
    DOCUMENT = auto()  # str, JSON text


@dataclass(frozen=True, slots=True)
class Need:
    """What of a session must be asked of Redis; the union over columns, filters and sort is known before the scan."""

    metadata: bool = False  # the three fields that Spring Session requires
    ttl: bool = False  # PTTL of the hash
    principal: bool = False  # the security context and the explicit principal names
    size: bool = False  # MEMORY USAGE
    layout: bool = False  # whether companion keys exist
    hash: bool = False  # every field of the hash
    attributes: frozenset[str] = frozenset()  # single attributes by name

    def __or__(self, other: Need) -> Need:
        return Need(
            self.metadata or other.metadata,
            self.ttl or other.ttl,
            self.principal or other.principal,
            self.size or other.size,
            self.layout or other.layout,
            self.hash or other.hash,
            self.attributes | other.attributes,
        )


class Columns(Protocol):
    """A batch of rows."""

    def __len__(self) -> int:
        """How many rows."""

    def column(self, field: Field) -> Sequence[Any]:
        """The values of `field`, one a row."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name in JSON, its short heading, what its values are, and how they come from a batch."""

    name: str
    heading: str
    kind: Kind
    description: str = ""
    need: Need = Need()
    compute: Callable[[Any], Sequence[Any]] | None = None  # None: the batch holds it ready (`Listed`)


Rows: TypeAlias = Sequence[Sequence[Any]]


class Listed:
    """A batch made of plain rows, for reports that aren't of sessions: outcomes, namespaces, keys."""

    __slots__ = ("fields", "rows")

    def __init__(self, fields: Sequence[Field], rows: Rows) -> None:
        self.fields = {field.name: number for number, field in enumerate(fields)}
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, field: Field) -> Sequence[Any]:
        number = self.fields[field.name]
        return [row[number] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows inside a row (the keys of a session, its attributes). `document` is what JSON shows of it."""

    fields: tuple[Field, ...]
    rows: Rows
    document: Any


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be shown: one row a session (or outcome, or finding).

    `record`: one block a row instead, name beside value; `single`: there is just one row, which JSON shows as an object, not in an array.
    """

    fields: tuple[Field, ...]
    batches: Iterable[Columns]
    record: bool = False
    single: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """How to show: everything a format may know about where its lines go.

    `width` is in columns and None in a pipe; `now` in milliseconds since the epoch; `person` is true on a terminal.
    """

    person: bool = False
    colour: bool = False
    width: int | None = None
    now: int = 0
    reveal: bool = False
    whole_ids: bool = True
    separator: str = "\n"
