"""Bytes to values in Avro's binary encoding: the inverse of `schemas.writers`.

A reader takes the message and the place in it where its value begins, and gives the value and the place after it.
It is stricter than fastavro, which lets damage pass for data: integers of any length, branch -1 of a union, decimals
rounded to their precision.
"""

import struct
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from schemas.logical import bytes_to_decimal, to_datetime

Reader = Callable[[bytes, int], tuple[Any, int]]

Times = Literal["datetime", "ms"]
"""How times are wanted: as aware datetimes, or as they are stored."""

FAULTS = (IndexError, ValueError, OverflowError, struct.error)
"""What a reader raises where the bytes are not of its type."""

_DOUBLE = struct.Struct("<d")


def reader_of(avro_type: Any, times: Times = "datetime") -> Reader:
    """The function that reads values of a type. Raises ``TypeError`` for a type that no contract has had yet."""
    match avro_type:
        case ["null", present]:
            return _nullable(reader_of(present, times))
        case {"logicalType": "timestamp-millis"}:
            return read_time if times == "datetime" else read_long
        case {"logicalType": "decimal", "precision": precision, "scale": scale}:
            return _decimal(precision, scale)
        case {"type": "enum", "symbols": symbols}:
            return _enum(symbols)
        case {"type": "map", "values": values}:
            return _map(reader_of(values, times))
        case str() if avro_type in PRIMITIVES:
            return PRIMITIVES[avro_type]
        case _:
            raise TypeError(f"no reader for {avro_type}")


def read_long(message: bytes, at: int) -> tuple[int, int]:
    byte = message[at]
    at += 1
    bits = byte & 0x7F
    shift = 0
    while byte > 0x7F:
        byte = message[at]
        at += 1
        shift += 7
        bits |= (byte & 0x7F) << shift
        if shift > 62 and (byte > 0x7F or bits >> 64):
            raise ValueError("an integer of more than 64 bits")
    return bits >> 1 ^ -(bits & 1), at


def read_int(message: bytes, at: int) -> tuple[int, int]:
    value, at = read_long(message, at)
    if not -(1 << 31) <= value < 1 << 31:
        raise ValueError("an int of more than 32 bits")
    return value, at


def read_boolean(message: bytes, at: int) -> tuple[bool, int]:
    byte = message[at]
    if byte > 1:
        raise ValueError("neither true nor false")
    return byte == 1, at + 1


def read_bytes(message: bytes, at: int) -> tuple[bytes, int]:
    length, start = read_long(message, at)
    end = start + length
    value = message[start:end]
    if len(value) != length:
        raise ValueError(f"{length} bytes where {len(message) - start} are left")
    return value, end


def read_string(message: bytes, at: int) -> tuple[str, int]:
    length = message[at]
    if length & 0x81:  # more than 63 bytes, or less than none
        value, end = read_bytes(message, at)
        return value.decode(), end
    end = at + 1 + (length >> 1)
    if end > len(message):
        raise ValueError("a string beyond the end")
    return message[at + 1 : end].decode(), end


def read_double(message: bytes, at: int) -> tuple[float, int]:
    return _DOUBLE.unpack_from(message, at)[0], at + _DOUBLE.size


def read_time(message: bytes, at: int) -> tuple[datetime, int]:
    milliseconds, at = read_long(message, at)
    return to_datetime(milliseconds), at


def _nullable(read: Reader) -> Reader:
    def read_nullable(message: bytes, at: int) -> tuple[Any, int]:
        branch = message[at]
        if branch == 2:
            return read(message, at + 1)
        if branch == 0:
            return None, at + 1
        raise ValueError("neither null nor a value")

    return read_nullable


def _decimal(precision: int, scale: int) -> Reader:
    proper = bytes_to_decimal(precision, scale)

    def read(message: bytes, at: int) -> tuple[Decimal, int]:
        stored, at = read_bytes(message, at)
        return proper(stored), at

    return read


def _enum(symbols: list[str]) -> Reader:
    def read(message: bytes, at: int) -> tuple[str, int]:
        index, at = read_long(message, at)
        if index < 0:
            raise ValueError("a symbol before the first")
        return symbols[index], at

    return read


def _map(read: Reader) -> Reader:
    def read_entries(message: bytes, at: int) -> tuple[dict[str, Any], int]:
        entries = {}
        count, at = read_long(message, at)
        while count:
            if count < 0:
                # the size of the block follows, for those who skip it
                _, at = read_long(message, at)
            for _ in range(abs(count)):
                key, at = read_string(message, at)
                entries[key], at = read(message, at)
            count, at = read_long(message, at)
        return entries, at

    return read_entries


PRIMITIVES: dict[str, Reader] = {
    "boolean": read_boolean,
    "int": read_int,
    "long": read_long,
    "double": read_double,
    "string": read_string,
    "bytes": read_bytes,
}
