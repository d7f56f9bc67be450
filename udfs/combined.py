"""What reaches Python: the events of one SKU in one warehouse that arrived within a few seconds, as one packed row.

The JVM writes the rows (``udfs/jvm``); `combine` is the reference for what it writes. All numbers are little-endian::

    header       version, newest_occurred_ms, oldest_received_ms, events, number of minutes, number of inbound orders
    per minute   the fields of `MinuteTotals`, in ascending order of minute
    per inbound  the fields of `Inbound`, in log order

A minute is ``floor(occurred_ms / 60000)``, so a row carries event time however late it arrives. What waits to be sent at a
checkpoint is kept in it as such rows, so that a new layout needs a new version and this code must go on to read the old:
``tests/unit/udfs/golden`` holds a row of every version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from struct import Struct
from typing import NamedTuple, Self

VERSION = 1
MINUTE_MS = 60_000
COUNTED = 1
"""Bit of ``MinuteTotals.flags``: a ``stock.counted`` fell in this minute."""

_HEADER = Struct("<Bqqiii")
_MINUTE = Struct("<iBqqqqqq")
_INBOUND = Struct("<iqi")


class UnreadableRow(ValueError):
    """Bytes that are not a combined row of a version that this code reads."""


class EventKind(StrEnum):
    """The event types that move stock, or announce that it will move."""

    ORDER_CREATED = "order.created"
    ORDER_CANCELLED = "order.cancelled"
    RETURN_RECEIVED = "return.received"
    STOCK_RECEIVED = "stock.received"
    STOCK_ADJUSTED = "stock.adjusted"
    STOCK_COUNTED = "stock.counted"
    STOCK_INBOUND = "stock.inbound"


@dataclass(frozen=True, slots=True)
class StockEvent:
    """One event as the log holds it. ``expected_ms`` is set on ``stock.inbound`` alone."""

    kind: EventKind
    qty: int
    occurred_ms: int
    received_ms: int
    expected_ms: int | None = None


# Named tuples, not dataclasses: a quarter of the time to make, and one is made for every row.
class MinuteTotals(NamedTuple):
    """The events of one event minute, summed. Orders, units and squares are net of cancellations."""

    minute: int
    flags: int = 0
    base: int = 0
    """The last count in log order, 0 if there was none."""
    delta: int = 0
    """Signed change of stock after that count in log order, or of the whole minute without one."""
    orders: int = 0
    units: int = 0
    squares: int = 0
    """Sum of qty squared over the orders."""
    received: int = 0
    """Units of ``stock.received``, already in ``delta`` where they came after the count."""


class Inbound(NamedTuple):
    """An announced replenishment; times in epoch minutes."""

    announced: int
    qty: int
    expected: int


class Combined(NamedTuple):
    """One row: what happened to a SKU in a warehouse, by event minute."""

    newest_occurred_ms: int
    oldest_received_ms: int
    events: int
    minutes: tuple[MinuteTotals, ...]
    inbound: tuple[Inbound, ...]

    @classmethod
    def unpack(cls, row: bytes) -> Self:
        """The row that these bytes hold. Raises `UnreadableRow`."""
        if len(row) < _HEADER.size or row[0] != VERSION:
            raise UnreadableRow(f"Not a combined row of version {VERSION}: {row[:1].hex() or 'no bytes'}.")
        _, newest, oldest, events, n_minutes, n_inbound = _HEADER.unpack_from(row)
        inbound_from = _HEADER.size + n_minutes * _MINUTE.size
        if len(row) != inbound_from + n_inbound * _INBOUND.size:
            raise UnreadableRow(
                f"{len(row)} bytes do not hold {n_minutes} minutes and {n_inbound} inbound orders."
            )
        minutes = tuple(map(MinuteTotals._make, _MINUTE.iter_unpack(row[_HEADER.size : inbound_from])))
        inbound = tuple(map(Inbound._make, _INBOUND.iter_unpack(row[inbound_from:]))) if n_inbound else ()
        return cls(newest, oldest, events, minutes, inbound)

    def pack(self) -> bytes:
        """The bytes of this row."""
        header = _HEADER.pack(
            VERSION,
            self.newest_occurred_ms,
            self.oldest_received_ms,
            self.events,
            len(self.minutes),
            len(self.inbound),
        )
        minutes = (_MINUTE.pack(*totals) for totals in self.minutes)
        inbound = (_INBOUND.pack(*order) for order in self.inbound)
        return b"".join((header, *minutes, *inbound))


def combine(events: Iterable[StockEvent]) -> Combined:
    """Events of one SKU and warehouse, in log order, as one row. Raises ``ValueError`` where there is none."""
    log = list(events)
    if not log:
        raise ValueError("A combined row holds at least one event.")
    minutes: dict[int, MinuteTotals] = {}
    inbound: list[Inbound] = []
    for event in log:
        minute = event.occurred_ms // MINUTE_MS
        if event.kind is EventKind.STOCK_INBOUND:
            if event.expected_ms is None:
                raise ValueError("An inbound order needs the time when it is expected.")
            inbound.append(Inbound(minute, event.qty, event.expected_ms // MINUTE_MS))
        else:
            minutes[minute] = _added(minutes.get(minute, MinuteTotals(minute)), event)
    return Combined(
        newest_occurred_ms=max(event.occurred_ms for event in log),
        oldest_received_ms=min(event.received_ms for event in log),
        events=len(log),
        minutes=tuple(minutes[minute] for minute in sorted(minutes)),
        inbound=tuple(inbound),
    )


def _added(totals: MinuteTotals, event: StockEvent) -> MinuteTotals:
    qty = event.qty
    match event.kind:
        case EventKind.STOCK_COUNTED:
            # what was sold before the count was sold all the same, so demand stays
            return totals._replace(flags=totals.flags | COUNTED, base=qty, delta=0)
        case EventKind.ORDER_CREATED | EventKind.ORDER_CANCELLED:
            sign = 1 if event.kind is EventKind.ORDER_CREATED else -1
            return totals._replace(
                delta=totals.delta - sign * qty,
                orders=totals.orders + sign,
                units=totals.units + sign * qty,
                squares=totals.squares + sign * qty * qty,
            )
        case EventKind.STOCK_RECEIVED:
            return totals._replace(delta=totals.delta + qty, received=totals.received + qty)
        case _:
            return totals._replace(delta=totals.delta + qty)
