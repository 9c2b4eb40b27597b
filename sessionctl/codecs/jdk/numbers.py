"""The numbers of the JDK."""

from __future__ import annotations

from sessionctl.codecs.jdk.access import elements, field, typed
from sessionctl.codecs.jdk.natural import Kind, Unexpected, leaf, shortest_float
from sessionctl.codecs.jdk.nodes import Array, Instance
from sessionctl.codecs.jdk.protocol import MAX_VALUES
from sessionctl.model import Undecodable, Value

MAX_DIGITS = 4000
"""The decimal digits of the largest number that is shown: printing takes the square of that in time."""

_LARGEST = 10**MAX_DIGITS


def number(node: Instance) -> Value:
    """A boxed number or boolean, or an Atomic one."""
    value = field(node, "value")
    if not isinstance(value, int | float):
        raise Unexpected
    return value


def boxed_float(node: Instance) -> Value:
    """java.lang.Float"""
    return shortest_float(typed(node, "value", float))


def character(node: Instance) -> Value:
    """java.lang.Character"""
    return chr(typed(node, "value", int))


def atomic_boolean(node: Instance) -> Value:
    """AtomicBoolean keeps an int."""
    return typed(node, "value", int) != 0


def big_integer(node: Instance) -> int | Undecodable:
    """java.math.BigInteger: a sign and a magnitude, the most significant byte first."""
    sign, magnitude = typed(node, "signum", int), typed(node, "magnitude", Array).values
    if not isinstance(magnitude, bytes) or sign not in (-1, 0, 1):
        raise Unexpected
    value = int.from_bytes(magnitude, "big")
    if value >= _LARGEST:
        return Undecodable(f"a number of more than {MAX_DIGITS} digits", magnitude)
    return sign * value


def big_decimal(node: Instance) -> Value:
    """java.math.BigDecimal, as its toString() has it."""
    unscaled = big_integer(typed(node, "intVal", Instance))
    return unscaled if isinstance(unscaled, Undecodable) else decimal_text(unscaled, typed(node, "scale", int))


def decimal_text(unscaled: int, scale: int) -> str:
    """The canonical text of BigDecimal.toString(): plain, or with an exponent where plain would need many zeros."""
    sign, digits = "-" if unscaled < 0 else "", str(abs(unscaled))
    if scale == 0:
        return sign + digits
    exponent = len(digits) - 1 - scale
    if scale > 0 and exponent >= -6:
        digits = digits.zfill(scale + 1)
        return f"{sign}{digits[:-scale]}.{digits[-scale:]}"
    point = "." if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{point}{digits[1:]}" + (f"E{exponent:+d}" if exponent else "")


def bit_set(node: Instance) -> Value:
    """java.util.BitSet: the numbers of the bits that are set."""
    words = elements(node, "bits")
    if not all(isinstance(word, int) for word in words):
        raise Unexpected
    if sum((word & _WORD).bit_count() for word in words) > MAX_VALUES // 10:
        return Undecodable(f"more than {MAX_VALUES // 10} bits are set")
    return [64 * at + bit for at, word in enumerate(words) if word for bit in range(64) if word >> bit & 1]


_WORD = 2**64 - 1

_PLAIN = ("Boolean", "Byte", "Short", "Integer", "Long", "Double")
_ATOMIC = ("AtomicInteger", "AtomicLong", "LongAdder$SerializationProxy", "DoubleAdder$SerializationProxy")

NUMBERS: dict[str, Kind] = {
    **{f"java.lang.{name}": leaf(number, alone=True) for name in _PLAIN},
    **{f"java.util.concurrent.atomic.{name}": leaf(number, alone=True) for name in _ATOMIC},
    "java.lang.Float": leaf(boxed_float, alone=True),
    "java.lang.Character": leaf(character, alone=True),
    "java.util.concurrent.atomic.AtomicBoolean": leaf(atomic_boolean),
    "java.math.BigInteger": leaf(big_integer),
    "java.math.BigDecimal": leaf(big_decimal),
    "java.util.BitSet": leaf(bit_set),
}
