"""Classes of the JDK that stand for one text, and the texts of map keys."""

from __future__ import annotations

from sessionctl.codecs.jdk.access import field, typed, written
from sessionctl.codecs.jdk.natural import Kind, Unexpected, leaf
from sessionctl.codecs.jdk.nodes import Array, Instance
from sessionctl.javatext import java_text
from sessionctl.model import Value

_WORD = 2**64 - 1


def key_text(key: Value) -> str | None:
    """A map's key as Java's toString() has it; None where it has no plain text."""
    return java_text(key) if key is None or isinstance(key, str | int | float) else None


def universal_id(node: Instance) -> Value:
    """java.util.UUID"""
    most, least = typed(node, "mostSigBits", int), typed(node, "leastSigBits", int)
    digits = f"{most & _WORD:016x}{least & _WORD:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def locale(node: Instance) -> Value:
    """java.util.Locale, as its toString() has it: de_DE, zh_CN_#Hans."""
    language, region, variant = (typed(node, name, str) for name in ("language", "country", "variant"))
    script, extensions = ((typed(node, name, str) if name in node.desc.index else "") for name in ("script", "extensions"))
    text = f"{language}"
    if region or (language and (variant or script or extensions)):
        text += f"_{region}"
    if not language and not region:
        return text
    text += f"_{variant}" if variant else ""
    text += f"_#{script}" if script else ""
    return text + (f"_{'' if script else '#'}{extensions}" if extensions else "")


def url(node: Instance) -> Value:
    """java.net.URL"""
    authority, path, anchor = (field(node, name) for name in ("authority", "file", "ref"))
    return f"{typed(node, 'protocol', str)}:{f'//{authority}' if authority else ''}{path or ''}{f'#{anchor}' if anchor is not None else ''}"


def pattern(node: Instance) -> Value:
    """java.util.regex.Pattern; with flags it is shown field by field."""
    if typed(node, "flags", int):
        raise Unexpected
    return typed(node, "pattern", str)


def builder(node: Instance) -> Value:
    """java.lang.StringBuilder: how many characters count, then an array that may be longer."""
    length, array = written(node) if len(node.data) == 1 and len(node.data[0]) == 2 else (None, None)
    if not isinstance(length, bytes) or not isinstance(array, Array):
        raise Unexpected
    return _first_chars(array, int.from_bytes(length, "big"))


def buffer(node: Instance) -> Value:
    """java.lang.StringBuffer keeps the same in fields."""
    return _first_chars(typed(node, "value", Array), typed(node, "count", int))


def _first_chars(array: Array, count: int) -> str:
    if not isinstance(array.values, str) or count < 0:
        raise Unexpected
    return array.values.encode("utf-16-be", "surrogatepass")[: 2 * count].decode("utf-16-be", "surrogatepass")


def internet_address(node: Instance) -> str:
    """java.net.InetAddress: host/address, or the address alone where no name is known."""
    host = field(node, "hostName") if "hostName" in node.desc.index else None
    address = _address(node)
    return f"{host}/{address}" if host else address


def _address(node: Instance) -> str:
    import ipaddress  # rarely needed, and slow to import

    if "ipaddress" in node.desc.index:
        packed = typed(node, "ipaddress", Array).values
        if not isinstance(packed, bytes) or len(packed) != 16:
            raise Unexpected
        return str(ipaddress.IPv6Address(packed))
    return str(ipaddress.IPv4Address(typed(node, "address", int) & 0xFFFFFFFF))


def socket_address(node: Instance) -> Value:
    """java.net.InetSocketAddress"""
    address, host = field(node, "addr"), field(node, "hostname")
    shown = internet_address(address) if isinstance(address, Instance) else host
    return f"{shown}:{typed(node, 'port', int)}"


def stack_frame(node: Instance) -> str:
    """java.lang.StackTraceElement: class.method(File.java:12)."""
    file, line = field(node, "fileName"), typed(node, "lineNumber", int)
    where = "Native Method" if line == -2 else "Unknown Source" if file is None else f"{file}:{line}" if line >= 0 else f"{file}"
    return f"{typed(node, 'declaringClass', str)}.{typed(node, 'methodName', str)}({where})"


def _field(name: str) -> Kind:
    return leaf(lambda node: typed(node, name, str))


TEXTS: dict[str, Kind] = {
    "java.util.UUID": leaf(universal_id, alone=True),
    "java.util.Locale": leaf(locale),
    "java.util.Currency": _field("currencyCode"),
    "java.util.SimpleTimeZone": _field("ID"),
    "sun.util.calendar.ZoneInfo": _field("ID"),
    "java.net.URL": leaf(url),
    "java.net.URI": _field("string"),
    "java.io.File": _field("path"),
    "java.net.InetAddress": leaf(internet_address),
    "java.net.Inet4Address": leaf(internet_address),
    "java.net.Inet6Address": leaf(internet_address),
    "java.net.InetSocketAddress": leaf(socket_address),
    "java.util.regex.Pattern": leaf(pattern),
    "java.lang.StringBuilder": leaf(builder),
    "java.lang.StringBuffer": leaf(buffer),
    "java.lang.StackTraceElement": leaf(stack_frame),
}
"""How each class is read; the fields are those of its serial form in the API documentation."""
