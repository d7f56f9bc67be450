"""Avro's logical types: the values proper, and what is stored of them.

https://avro.apache.org/docs/1.12.0/specification/#logical-types
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

MIN_MS = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
MAX_MS = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MILLISECOND


def to_milliseconds(time: datetime | int) -> int:
    """Milliseconds since 1970; what is finer is cut off, and an integer is milliseconds already.

    Raises ``TypeError`` for a naive datetime, ``ValueError`` outside the years 1 to 9999.
    """
    milliseconds = (time - EPOCH) // MILLISECOND if isinstance(time, datetime) else time
    if not MIN_MS <= milliseconds <= MAX_MS:
        raise ValueError("a time outside the years 1 to 9999")
    return milliseconds


def to_datetime(milliseconds: int) -> datetime:
    """The aware UTC datetime. Raises ``OverflowError`` outside the years 1 to 9999."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def decimal_to_bytes(precision: int, scale: int) -> Callable[[Decimal], bytes]:
    """A function from a decimal to the big-endian two's complement of its unscaled value.

    It raises ``ArithmeticError`` where the decimal has more than ``precision`` digits, or more than ``scale`` of them
    after the point: money is never rounded silently.
    """
    exact = Context(prec=precision, traps=[Inexact, InvalidOperation])
    step = Decimal(1).scaleb(-scale)

    def convert(value: Decimal) -> bytes:
        unscaled = int(value.quantize(step, None, exact).scaleb(scale))
        return unscaled.to_bytes((unscaled.bit_length() >> 3) + 1, "big", signed=True)

    return convert


def bytes_to_decimal(precision: int, scale: int) -> Callable[[bytes], Decimal]:
    """The inverse of `decimal_to_bytes`; the function raises ``ValueError`` for more digits than ``precision``."""
    limit = 10**precision

    def convert(stored: bytes) -> Decimal:
        unscaled = int.from_bytes(stored, "big", signed=True)
        if not -limit < unscaled < limit:
            raise ValueError(f"a decimal of more than {precision} digits")
        return Decimal(unscaled).scaleb(-scale)

    return convert
