"""The quick way of a line to its message, for the form that stock events usually have.

A line is decoded straight into that form, and what comes again and again, such as a SKU in its warehouse or a price in its
currency, is checked and encoded once. So an event takes a third of the time of `EventRules` and `message_encoder`, which
decide about every other line. The quick way only ever takes what they take, with the same bytes; the tests hold it to that.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

from api.ingest import event_fields as fields
from api.ingest import event_rules
from api.ingest.event_rules import ANNOUNCEMENT, QUANTITIES, EventRules
from api.ingest.order_event import HEADER, REMEMBERED, Message, key_of, writer_of_field
from api.random_ids import random_id
from schemas.writers import NULL, PRESENT, write_long, write_milliseconds, write_string

_Name = Annotated[str, Meta(min_length=1, max_length=fields.MAX_NAME)]
_Identifier = Annotated[str, Meta(min_length=1, max_length=fields.MAX_ID)]
_NO_PRICE = msgspec.Raw(b"null")
_USUAL_PRICE = re.compile(rb'[0-9]{1,8}(\.[0-9]{1,2})?|"[0-9]{1,8}(\.[0-9]{1,2})?"').fullmatch
LONGEST_PRICE = 16

# before an identifier stands how many bytes it has, each character having up to four
_LENGTH = tuple(write_long(length) for length in range(4 * fields.MAX_ID + 1))
_EVENT_ID = tuple(HEADER + length for length in _LENGTH)
_ORDER_ID = tuple(PRESENT + length for length in _LENGTH)
_NO_ATTRIBUTES = NULL


class _Payload(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    sku: _Name
    warehouse: _Name
    qty: int
    order_id: _Identifier | None = None
    # as it is written: only the digits themselves give the exact price
    price: msgspec.Raw = _NO_PRICE
    currency: str | None = None
    occurred_at: datetime | None = None
    expected_at: datetime | None = None
    event_id: _Identifier | None = None


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    tenant_id: str
    event_type: str
    payload: _Payload


_decode = msgspec.json.Decoder(_Line).decode
_write_qty = lru_cache(REMEMBERED)(writer_of_field("qty"))
_write_expected_at = writer_of_field("expected_at")


def quick_way(rules: EventRules) -> Callable[[bytes], Message | None]:
    """A function from a line to its message; ``None`` leaves the decision to the rules."""
    tenant_id, latest_ms = rules.tenant_text, rules.latest_ms
    envelopes = _envelopes(tenant_id)
    received_at = write_milliseconds(rules.received_at_ms)

    def message_of(line: bytes) -> Message | None:
        try:
            usual = _decode(line)
            payload = usual.payload
            low, high, envelope = envelopes[usual.event_type]
            key, place = _place(payload.sku, payload.warehouse)
            qty, event_id, order_id = payload.qty, payload.event_id or random_id(), payload.order_id
            occurred_at, expected_at = payload.occurred_at, payload.expected_at
            if (
                usual.tenant_id != tenant_id
                or not low <= qty <= high
                or (expected_at is not None) != (usual.event_type == ANNOUNCEMENT)
                or not event_id.isprintable()
                or not (order_id is None or order_id.isprintable())
            ):
                return None
            sent_id = event_id.encode()
            sent_order = b"" if order_id is None else order_id.encode()
            return key, b"".join(
                (
                    _EVENT_ID[len(sent_id)],
                    sent_id,
                    envelope,
                    place,
                    _write_qty(qty),
                    received_at if occurred_at is None else _time(occurred_at, latest_ms),
                    received_at,
                    NULL if expected_at is None else _write_expected_at(event_rules.expected_at(expected_at)),
                    NULL if order_id is None else _ORDER_ID[len(sent_order)],
                    sent_order,
                    _money(bytes(payload.price), payload.currency),
                    _NO_ATTRIBUTES,
                )
            )
        except (ValueError, LookupError, RecursionError):
            return None

    return message_of


@lru_cache(maxsize=1_000)
def _envelopes(tenant_id: str) -> Mapping[str, tuple[int, int, bytes]]:
    """By event type: the bounds of its ``qty``, and the type and the tenant as they stand in the message."""
    return {
        event_type: (low, high, write_string(event_type) + write_string(tenant_id))
        for event_type, (low, high) in QUANTITIES.items()
    }


@lru_cache(maxsize=REMEMBERED)
def _place(sku: str, warehouse: str) -> tuple[bytes | None, bytes]:
    """The key, and SKU and warehouse as they stand in the message."""
    fields.name(sku)
    fields.name(warehouse)
    return key_of(sku, warehouse), PRESENT + write_string(sku) + PRESENT + write_string(warehouse)


def _time(moment: datetime, latest_ms: int) -> bytes:
    at_ms = fields.milliseconds(moment)
    if not fields.EARLIEST_MS <= at_ms <= latest_ms:
        raise fields.Refused
    return write_milliseconds(at_ms)


def _money(price: bytes, currency: str | None) -> bytes:
    """Price and currency as they stand in the message."""
    # the lengths first: what is remembered must stay small
    if len(price) > LONGEST_PRICE or (currency is not None and len(currency) > LONGEST_PRICE):
        raise fields.Refused
    return _short_money(price, currency)


@lru_cache(maxsize=REMEMBERED)
def _short_money(written: bytes, currency: str | None) -> bytes:
    amount = None
    if written != b"null":
        if currency is None or not _USUAL_PRICE(written):
            raise fields.Refused
        amount = fields.price(written.decode().strip('"'))
    code = None if currency is None else fields.currency(currency)
    return writer_of_field("price")(amount) + writer_of_field("currency")(code)
