"""The constants of the Java Object Serialization Stream Protocol (specification, section 6.4.2), and what this reader refuses."""

from __future__ import annotations

from typing import Final

HEADER: Final = b"\xac\xed\x00\x05"
BASE_HANDLE: Final = 0x7E0000

TC_NULL: Final = 0x70
TC_REFERENCE: Final = 0x71
TC_CLASSDESC: Final = 0x72
TC_OBJECT: Final = 0x73
TC_STRING: Final = 0x74
TC_ARRAY: Final = 0x75
TC_CLASS: Final = 0x76
TC_BLOCKDATA: Final = 0x77
TC_ENDBLOCKDATA: Final = 0x78
TC_RESET: Final = 0x79
TC_BLOCKDATALONG: Final = 0x7A
TC_EXCEPTION: Final = 0x7B
TC_LONGSTRING: Final = 0x7C
TC_PROXYCLASSDESC: Final = 0x7D
TC_ENUM: Final = 0x7E

SC_WRITE_METHOD: Final = 0x01
SC_SERIALIZABLE: Final = 0x02
SC_EXTERNALIZABLE: Final = 0x04
SC_BLOCK_DATA: Final = 0x08

MAX_BYTES: Final = 16 * 1024 * 1024
"""The largest stream that is read, in bytes."""

MAX_VALUES: Final = 200_000
"""How many values a stream may hold, and how many nodes its tree may have."""

MAX_DEPTH: Final = 200
"""How deep objects may lie in each other: what walks the tree by recursion must not fail on it."""

MAX_SUPERCLASSES: Final = 100
"""How many classes an inheritance chain may have."""

MAX_RESETS: Final = 1_000
"""How often a stream may forget its handles."""

MAX_NESTED_READS: Final = 8
"""How deep class annotations may hold objects whose classes have annotations themselves."""


class Malformed(Exception):
    """The stream breaks the protocol or exceeds a limit; the message says how. Never leaves this package."""
