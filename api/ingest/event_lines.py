"""NDJSON to checked messages, one for every line, or every reason why not.

A line is first decoded straight into the form that stock events usually have. Whatever does not fit that form, be it
wrong or merely unusual, is decoded again and checked field by field by `EventRules`. Those are the rules; the quick way
only ever takes what they take, with the same result.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

from api.ingest import event_fields as fields
from api.ingest.event_rules import ANNOUNCEMENT, QUANTITIES, BadLine, EventRules, FieldError, new_event_id
from api.ingest.order_event import OrderEvent, message_encoder

LINES_AT_ONCE = 200
"""About 2 ms of work at best; then other requests get their turn."""
MAX_ERRORS = 100

Line = tuple[int, bytes]
"""A line and its number; numbers count from 1, blank lines too."""

_Name = Annotated[str, Meta(min_length=1, max_length=fields.MAX_NAME)]
_NO_PRICE = msgspec.Raw(b"null")
_USUAL_PRICE = re.compile(rb'[0-9]{1,8}(\.[0-9]{1,2})?|"[0-9]{1,8}(\.[0-9]{1,2})?"').fullmatch


class _UsualPayload(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    sku: _Name
    warehouse: _Name
    qty: int
    order_id: str | None = None
    # as it is written: only the digits themselves give the exact price
    price: msgspec.Raw = _NO_PRICE
    currency: str | None = None
    occurred_at: datetime | None = None
    expected_at: datetime | None = None
    event_id: str | None = None


class _UsualLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    tenant_id: str
    event_type: str
    payload: _UsualPayload


_decode_usual = msgspec.json.Decoder(_UsualLine).decode


@dataclass(frozen=True, slots=True)
class LineError:
    """One error of a batch."""

    line: int
    field: str | None
    reason: str


class BadLines(ValueError):
    """A batch with at least one bad line. ``errors`` are the first ``MAX_ERRORS`` of ``count``."""

    def __init__(self, errors: Sequence[LineError], count: int) -> None:
        super().__init__(f"{count} errors")
        self.errors = errors
        self.count = count


async def messages_of(lines: Sequence[Line], rules: EventRules) -> list[tuple[bytes | None, bytes]]:
    """Key and value for Kafka of each numbered line. Raises `BadLines`. Lets other tasks run now and then."""
    messages: list[tuple[bytes | None, bytes]] = []
    errors: list[LineError] = []
    count = 0
    encode = message_encoder()
    for start in range(0, len(lines), LINES_AT_ONCE):
        if start:
            await asyncio.sleep(0)
        for number, line in lines[start : start + LINES_AT_ONCE]:
            try:
                event = check_line(line, rules)
            except BadLine as bad:
                count += len(bad.errors)
                if len(errors) < MAX_ERRORS:
                    errors.extend(LineError(number, error.field, error.reason) for error in bad.errors)
            else:
                messages.append((event.key, encode(event)))
    if count:
        raise BadLines(errors[:MAX_ERRORS], count)
    return messages


def check_line(line: bytes, rules: EventRules) -> OrderEvent:
    """The event of a line. Raises `BadLine`."""
    try:
        usual = _decode_usual(line)
    except (ValueError, RecursionError):
        return rules.event(line)
    return _usual_event(usual, rules) or rules.event(line)


def _usual_event(line: _UsualLine, rules: EventRules) -> OrderEvent | None:
    """The event of a line of the usual form; ``None`` leaves the decision to the rules."""
    payload = line.payload
    bounds = QUANTITIES.get(line.event_type)
    if (
        line.tenant_id != rules.tenant_text
        or bounds is None
        or not bounds[0] <= payload.qty <= bounds[1]
        or not fields.is_name(payload.sku)
        or not fields.is_name(payload.warehouse)
        or (payload.currency is None and payload.price != _NO_PRICE)
        or (payload.expected_at is not None) != (line.event_type == ANNOUNCEMENT)
    ):
        return None
    try:
        return OrderEvent(
            event_id=new_event_id() if payload.event_id is None else fields.identifier(payload.event_id),
            event_type=line.event_type,
            tenant_id=line.tenant_id,
            sku=payload.sku,
            warehouse=payload.warehouse,
            qty=payload.qty,
            occurred_at=(
                rules.received_at_ms
                if payload.occurred_at is None
                else rules.occurred_at(payload.occurred_at)
            ),
            received_at=rules.received_at_ms,
            expected_at=None if payload.expected_at is None else rules.expected_at(payload.expected_at),
            order_id=None if payload.order_id is None else fields.identifier(payload.order_id),
            price=None if payload.price == _NO_PRICE else _usual_price(bytes(payload.price)),
            currency=None if payload.currency is None else fields.currency(payload.currency),
            attributes=None,
        )
    except fields.Refused:
        return None


def _usual_price(written: bytes) -> Decimal:
    if len(written) > 16:
        raise fields.Refused
    return _short_price(written)


@lru_cache(maxsize=65_536)
def _short_price(written: bytes) -> Decimal:
    if not _USUAL_PRICE(written):
        raise fields.Refused
    return fields.price(written.decode().strip('"'))
