"""One accepted event, and its Avro message.

The gateway writes tens of thousands of these a second, so what comes again and again, such as a SKU, is encoded once.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import msgspec

from schemas import avro_files
from schemas.encoding import MARKER
from schemas.writers import Writer, writer_of

Message = tuple[bytes | None, bytes]
"""Key and value for Kafka."""

REPEATED = ("event_type", "tenant_id", "sku", "warehouse", "received_at", "price", "currency")
"""Fields with few different values at a time, all of them short."""
REMEMBERED = 65_536


class OrderEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as it was checked: the record of the contract ``order_event``, field by field. Times are in ms."""

    event_id: str
    event_type: str
    tenant_id: str
    sku: str | None
    warehouse: str | None
    qty: int | None
    occurred_at: int
    received_at: int
    expected_at: int | None
    order_id: str | None
    price: Decimal | None
    currency: str | None
    attributes: str | None
    """A JSON object of what else the payload held."""

    @property
    def key(self) -> bytes | None:
        """The Kafka key: events of one SKU and warehouse keep their order. ``None`` spreads over the partitions."""
        return None if self.sku is None else key_of(self.sku, self.warehouse)


def key_of(sku: str, warehouse: str | None) -> bytes:
    """The Kafka key of what concerns a SKU."""
    return f"{sku}|{warehouse or ''}".encode()


_SCHEMA = avro_files.current("order_event")
_TYPES: dict[str, Any] = {field["name"]: field["type"] for field in _SCHEMA["fields"]}
assert (
    tuple(_TYPES) == OrderEvent.__struct_fields__
), "OrderEvent has the fields of its contract, in their order"

HEADER = MARKER + avro_files.schema_fingerprint(_SCHEMA)
"""What every message begins with."""


@cache
def message_encoder() -> Callable[[OrderEvent], bytes]:
    """A function from an event to its message: the same bytes as ``schemas.encoding.encoder`` gives, in less time."""
    writers = [
        lru_cache(REMEMBERED)(writer_of_field(name)) if name in REPEATED else writer_of_field(name)
        for name in _TYPES
    ]

    def encode(event: OrderEvent) -> bytes:
        values = msgspec.structs.astuple(event)
        return HEADER + b"".join([write(value) for write, value in zip(writers, values)])

    return encode


@cache
def writer_of_field(name: str) -> Writer:
    """The function that writes one field of the message."""
    return writer_of(_TYPES[name])
