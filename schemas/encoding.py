"""Records to bytes and back, in Avro's single-object encoding.

A message is the marker ``C3 01``, the fingerprint of the schema that wrote it, and the Avro body, so a reader knows
which version to resolve from without a registry beside Kafka.
https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from schemas import avro_files
from schemas.avro_files import Schema
from schemas.readers import FAULTS, Times, reader_of
from schemas.writers import MISFITS, writer_of

MARKER = b"\xc3\x01"
HEADER_BYTES = len(MARKER) + 8

Record = dict[str, Any]

_MISSING = object()


class UnfitRecord(ValueError):
    """A record that is not what its contract says; the text names each field that does not fit."""


class UnreadableMessage(ValueError):
    """Bytes that are not a message of the expected contract. ``reason`` is the dead letter's."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@cache
def encoder(name: str) -> Callable[[Mapping[str, Any]], bytes]:
    """A function from a record of the contract to its message.

    Times are aware datetimes or integers of milliseconds, decimals are ``Decimal``; a field that has a default may be
    left out. The function raises `UnfitRecord` where the record does not fit, also for a field that is not known.
    """
    schema = avro_files.current(name)
    header = MARKER + avro_files.schema_fingerprint(schema)
    fields = tuple(
        (field["name"], writer_of(field["type"]), field.get("default", _MISSING))
        for field in schema["fields"]
    )
    known = frozenset(field["name"] for field in schema["fields"])

    def encode(record: Mapping[str, Any]) -> bytes:
        value_of = record.get
        try:
            body = b"".join([write(value_of(field, default)) for field, write, default in fields])
        except MISFITS as error:
            raise UnfitRecord("; ".join(_misfits(name, record))) from error
        if not known.issuperset(record):
            raise UnfitRecord(f"{name} has no field {', '.join(sorted(set(record) - known))}")
        return header + body

    return encode


def _misfits(name: str, record: Mapping[str, Any]) -> Iterator[str]:
    """Each field that could not be written; apart, so that good records pay nothing for it."""
    for field in avro_files.current(name)["fields"]:
        value = record.get(field["name"], field.get("default", _MISSING))
        try:
            writer_of(field["type"])(value)
        except MISFITS:
            wanted = avro_files.described(field["type"])
            problem = "is missing" if value is _MISSING else f"takes {wanted}, not {value!r:.80}"
            yield f"{name}.{field['name']} {problem}"


@cache
def decoder(name: str, times: Times = "datetime") -> Callable[[bytes | None], Record]:
    """A function from a message, of this or an earlier release, to the record as the current schema has it.

    Times come back as aware UTC datetimes, or as integers of milliseconds; decimals as ``Decimal``. The function raises
    `UnreadableMessage`.
    """
    versions = {
        fingerprint: _body_reader(schema, avro_files.current(name), times)
        for fingerprint, schema in avro_files.by_fingerprint(name).items()
    }

    def decode(message: bytes | None) -> Record:
        if message is None:
            raise UnreadableMessage("tombstone", "The message has no value.")
        if message[:2] != MARKER or len(message) < HEADER_BYTES:
            raise UnreadableMessage("malformed", "The message is not in Avro single-object encoding.")
        read = versions.get(message[2:HEADER_BYTES])
        if read is None:
            raise UnreadableMessage("unknown-schema", f"No version of {name} has this fingerprint.")
        try:
            record, end = read(message, HEADER_BYTES)
        except FAULTS as error:
            raise UnreadableMessage("malformed", f"The body does not fit {name}: {error}.") from error
        if end != len(message):
            raise UnreadableMessage("malformed", f"Bytes follow the body of {name}.")
        return record

    return decode


def _body_reader(written: Schema, wanted: Schema, times: Times) -> Callable[[bytes, int], tuple[Record, int]]:
    """A reader of records in one schema that gives them as another has them.

    Between the two, fields may come and go, and no type changes: `schemas.compatibility` sees to that.
    """
    fields = tuple((field["name"], reader_of(field["type"], times)) for field in written["fields"])
    gone = {name for name, _ in fields} - {field["name"] for field in wanted["fields"]}
    new = _defaults(wanted, times, without={name for name, _ in fields})

    def read_body(message: bytes, at: int) -> tuple[Record, int]:
        record = {}
        for name, read in fields:
            record[name], at = read(message, at)
        for name in gone:
            del record[name]
        record.update(new)
        return record, at

    return read_body


def _defaults(schema: Schema, times: Times, without: set[str]) -> Record:
    """The defaults of the fields whose names are not in ``without``, as a reader gives them."""
    return {
        field["name"]: reader_of(field["type"], times)(writer_of(field["type"])(field["default"]), 0)[0]
        for field in schema["fields"]
        if field["name"] not in without
    }
