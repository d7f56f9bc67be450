"""What each field of an event may hold. A check takes the decoded JSON value and returns what we keep of it.

The checks raise `Refused`; its reason goes to the sender and never quotes the value, which may be personal.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

import msgspec

MAX_QTY = 1_000_000
MAX_COUNT = 1_000_000_000
MAX_PRICE = Decimal("99999999.99")
MAX_NAME = 64
MAX_ID = 128

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
EARLIEST_MS = (datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
LATEST_MS = (datetime(2100, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
CENT = Decimal("0.01")

_NAME = re.compile(r"[^|\x00-\x1f\x7f]+").fullmatch
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII).fullmatch
_EVENT_TYPE = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*").fullmatch
_PRICE = re.compile(r"[0-9]{1,8}(\.[0-9]{1,30})?").fullmatch
_CURRENCY = re.compile(r"[A-Z]{3}").fullmatch


class Refused(ValueError):
    """A value that a field may not hold. The message says what it may hold."""


def guid(value: object) -> UUID:
    """A GUID with hyphens, in upper or lower case."""
    if not isinstance(value, str) or not _GUID(value):
        raise Refused("must be a GUID such as 123e4567-e89b-42d3-a456-426614174000")
    return UUID(value)


def event_type(value: object) -> str:
    """Words in lower case, joined by dots, hyphens or underscores."""
    if not isinstance(value, str) or len(value) > MAX_NAME or not _EVENT_TYPE(value):
        raise Refused(
            f"must be lower-case words joined by dots, such as order.created, at most {MAX_NAME} characters"
        )
    return value


@lru_cache(maxsize=65_536)
def is_name(text: str) -> bool:
    """Whether this can be a SKU or a warehouse; no ``|``, since that joins the two in Kafka keys."""
    return len(text) <= MAX_NAME and _NAME(text) is not None and text == text.strip()


def name(value: object) -> str:
    """A SKU or a warehouse."""
    # the length first: what is_name remembers must stay small
    if not isinstance(value, str) or len(value) > MAX_NAME or not is_name(value):
        raise _refused_name()
    return value


def name_of_many(text: str) -> str:
    """As `name`, one of so many that remembering them would make `is_name` forget those of the events."""
    if not is_name.__wrapped__(text):
        raise _refused_name()
    return text


def _refused_name() -> Refused:
    return Refused(
        f"must be a string of 1 to {MAX_NAME} characters, no | or control characters, no space at its ends"
    )


def identifier(value: object) -> str:
    """An id that the sender chose."""
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_ID or not value.isprintable():
        raise Refused(f"must be a string of 1 to {MAX_ID} printable characters")
    return value


def quantity(low: int, high: int) -> Callable[[object], int]:
    """A check for a whole number of units within these bounds, both included."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Refused(f"must be a whole number from {low} to {high}")
        return value

    return check


def price(value: object) -> Decimal:
    """A price per unit, from a decimal string or a number, with two decimals and no rounding."""
    if isinstance(value, str) and _PRICE(value):
        amount = Decimal(value)
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        amount = Decimal(value)
    else:
        raise Refused("must be a decimal number, or a string of one such as 12.50")
    # the bounds first: quantize fails on what is far out of them
    if not 0 < amount <= MAX_PRICE or (exact := amount.quantize(CENT)) != amount:
        raise Refused(f"must be above 0, at most {MAX_PRICE}, with at most 2 decimals")
    return exact


def currency(value: object) -> str:
    """An ISO 4217 code by its form; the list of codes is not ours to keep."""
    if not isinstance(value, str) or not _CURRENCY(value):
        raise Refused("must be an ISO 4217 code of three capital letters, such as EUR")
    return value


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970; ``moment`` has an offset, or it is `Refused`."""
    if moment.tzinfo is None:
        raise Refused("must have an offset, such as Z or +01:00")
    since = moment - _EPOCH
    # in less than half the time of a division by a timedelta
    return since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000


def instant(latest_ms: int, latest: str) -> Callable[[object], int]:
    """A check for an RFC 3339 time with offset, from 2000 to ``latest_ms``, which ``latest`` describes."""

    def check(value: object) -> int:
        try:
            moment = msgspec.convert(value, datetime)
        except msgspec.ValidationError:
            raise Refused("must be an RFC 3339 time with offset, such as 2026-01-31T09:30:00Z") from None
        if not EARLIEST_MS <= (at_ms := milliseconds(moment)):
            raise Refused("must not be before 2000")
        if at_ms > latest_ms:
            raise Refused(f"must not be {latest}")
        return at_ms

    return check
