"""Values to bytes in Avro's binary encoding, a function for each type.

fastavro finds each value's way through the schema anew; here a field's writer is chosen once. An order event takes 7 us
instead of 16, and the gateway and the risk job write tens of thousands a second. The tests hold both to the same bytes.
https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
"""

import struct
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from schemas.logical import decimal_to_bytes, to_milliseconds

Writer = Callable[[Any], bytes]

MISFITS = (TypeError, AttributeError, ValueError, ArithmeticError, LookupError, struct.error)
"""What a writer raises where a value is not of its type."""

NULL = b"\x00"
PRESENT = b"\x02"


def writer_of(avro_type: Any) -> Writer:
    """The function that writes values of a type. Raises ``TypeError`` for a type that no contract has had yet."""
    match avro_type:
        case ["null", present]:
            return _nullable(writer_of(present))
        case {"logicalType": "timestamp-millis"}:
            return write_time
        case {"logicalType": "decimal", "precision": precision, "scale": scale}:
            return _decimal(precision, scale)
        case {"type": "enum", "symbols": symbols}:
            return {symbol: write_long(index) for index, symbol in enumerate(symbols)}.__getitem__
        case {"type": "map", "values": values}:
            return _map(writer_of(values))
        case str() if avro_type in PRIMITIVES:
            return PRIMITIVES[avro_type]
        case _:
            raise TypeError(f"no writer for {avro_type}")


def write_long(value: int) -> bytes:
    if value.__class__ is not int:
        raise TypeError("not an int")
    return _SHORT[value] if -1 < value < _SHORTS else _varint(value)


def write_int(value: int) -> bytes:
    if not -(1 << 31) <= value < 1 << 31:
        raise ValueError("an int of more than 32 bits")
    return write_long(value)


def write_boolean(value: bool) -> bytes:
    if value.__class__ is not bool:
        raise TypeError("not a bool")
    return b"\x01" if value else b"\x00"


def write_string(value: str) -> bytes:
    encoded = value.encode()
    length = len(encoded)
    return (_SHORT[length] if length < _SHORTS else _varint(length)) + encoded


def write_bytes(value: bytes) -> bytes:
    return write_long(len(value)) + value


def write_time(value: datetime | int) -> bytes:
    return write_milliseconds(to_milliseconds(value))


def write_milliseconds(value: int) -> bytes:
    """A time of the years 1 to 9999, in ms since 1970."""
    zigzag = value << 1
    if 1 << 35 <= zigzag < 1 << 42:  # what takes six bytes: every time from July 1970 to September 2039
        return _LOW_GROUPS[zigzag & 0x3FFF] + _high_groups(zigzag >> 14)
    return _varint(value)


@lru_cache(maxsize=4096)
def _high_groups(rest: int) -> bytes:
    """The last four bytes of a time, which stay the same for 8 s."""
    return bytes((rest & 0x7F | 0x80, rest >> 7 & 0x7F | 0x80, rest >> 14 & 0x7F | 0x80, rest >> 21))


def _varint(value: int) -> bytes:
    """Zig-zag, then seven bits a byte, the lowest first."""
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError("an int of more than 64 bits")
    return groups_of_seven(value << 1 ^ value >> 63)


def groups_of_seven(rest: int) -> bytes:
    """An int of 0 or more as Avro and protobuf write it: seven bits a byte, the lowest first."""
    groups = bytearray()
    while rest > 0x7F:
        groups.append(rest & 0x7F | 0x80)
        rest >>= 7
    groups.append(rest)
    return bytes(groups)


def _nullable(write: Writer) -> Writer:
    return lambda value: NULL if value is None else PRESENT + write(value)


def _decimal(precision: int, scale: int) -> Writer:
    stored = decimal_to_bytes(precision, scale)

    def write(value: Decimal) -> bytes:
        return write_bytes(stored(value))

    return write


def _map(write: Writer) -> Writer:
    def write_entries(entries: dict[str, Any]) -> bytes:
        block = [write_string(key) + write(value) for key, value in entries.items()]
        # a block of no entries ends the map
        return b"".join((write_long(len(block)), *block, NULL)) if block else NULL

    return write_entries


PRIMITIVES: dict[str, Writer] = {
    "boolean": write_boolean,
    "int": write_int,
    "long": write_long,
    "double": struct.Struct("<d").pack,
    "string": write_string,
    "bytes": write_bytes,
}

_SHORTS = 8192
_SHORT = tuple(_varint(value) for value in range(_SHORTS))
"""The encodings of up to two bytes, which most lengths and quantities are."""
_LOW_GROUPS = tuple(bytes((low & 0x7F | 0x80, low >> 7 | 0x80)) for low in range(1 << 14))
"""The first two bytes of a time."""
