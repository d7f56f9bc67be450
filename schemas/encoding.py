"""Records to bytes and back, in Avro's single-object encoding.

A message is the marker ``C3 01``, the fingerprint of the schema that wrote it, and the Avro body, so a reader knows
which version to resolve from without a registry beside Kafka.
https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding
"""

from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import Any

from fastavro import schemaless_reader, schemaless_writer

from schemas import avro_files

MARKER = b"\xc3\x01"
HEADER_BYTES = len(MARKER) + 8

Record = dict[str, Any]


class UnreadableMessage(ValueError):
    """Bytes that are not a message of the expected contract. ``reason`` is the dead letter's."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@cache
def encoder(name: str) -> Callable[[Mapping[str, Any]], bytes]:
    """A function from a record of the contract to its message.

    Times are aware datetimes or integers of milliseconds, decimals are ``Decimal``. The function raises ``ValueError``,
    ``TypeError`` or ``KeyError`` where the record does not fit.
    """
    schema = avro_files.current(name)
    header = MARKER + avro_files.schema_fingerprint(schema)

    def encode(record: Mapping[str, Any]) -> bytes:
        out = BytesIO()
        out.write(header)
        schemaless_writer(out, schema, record)
        return out.getvalue()

    return encode


@cache
def decoder(name: str) -> Callable[[bytes | None], Record]:
    """A function from a message, of this or an earlier release, to the record as the current schema has it.

    Times come back as aware UTC datetimes, decimals as ``Decimal``. The function raises `UnreadableMessage`.
    """
    reader = avro_files.current(name)
    writers = avro_files.by_fingerprint(name)

    def decode(message: bytes | None) -> Record:
        if message is None:
            raise UnreadableMessage("tombstone", "The message has no value.")
        if message[:2] != MARKER or len(message) < HEADER_BYTES:
            raise UnreadableMessage("malformed", "The message is not in Avro single-object encoding.")
        writer = writers.get(message[2:HEADER_BYTES])
        if writer is None:
            raise UnreadableMessage("unknown-schema", f"No version of {name} has this fingerprint.")
        body = BytesIO(message)
        body.seek(HEADER_BYTES)
        try:
            record = schemaless_reader(body, writer, reader)
        except (EOFError, IndexError, ValueError, OverflowError) as error:
            raise UnreadableMessage("malformed", f"The body does not fit {name}: {error}.") from error
        if body.read(1):
            raise UnreadableMessage("malformed", f"Bytes follow the body of {name}.")
        assert isinstance(record, dict)
        return record

    return decode
