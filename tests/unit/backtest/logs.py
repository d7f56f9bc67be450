"""Made-up logs of several SKUs, as events and as the columns that the readers make."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from backtest.event_columns import MISSING, NUMBER_OF, EventColumns, Names, ints
from backtest.event_log import EventLog
from udfs.combined import EventKind, StockEvent

HOUR_MS = 3_600_000
MONDAY_MS = 1_711_324_800_000
"""2024-03-25 00:00 UTC."""


class Happening(NamedTuple):
    """An event of one SKU in one warehouse."""

    sku: str
    warehouse: str
    kind: EventKind
    qty: int
    occurred_ms: int
    expected_ms: int | None = None

    def stock_event(self) -> StockEvent:
        return StockEvent(self.kind, self.qty, self.occurred_ms, self.occurred_ms, self.expected_ms)


def at(hours: float) -> int:
    """Epoch ms of so many hours after Monday."""
    return MONDAY_MS + round(hours * HOUR_MS)


def happening(kind: EventKind, qty: int, hours: float, sku: str = "tea", warehouse: str = "b") -> Happening:
    return Happening(sku, warehouse, kind, qty, at(hours))


def log_of(happenings: Sequence[Happening]) -> EventLog:
    """The log of a file with these events in this order."""
    return EventLog.of_columns(columns_of(happenings))


def columns_of(happenings: Sequence[Happening]) -> EventColumns:
    skus, warehouses = sorted({h.sku for h in happenings}), sorted({h.warehouse for h in happenings})
    return EventColumns(
        places=np.arange(1, len(happenings) + 1),
        kinds=ints([NUMBER_OF[h.kind] for h in happenings]),
        occurred_ms=ints([h.occurred_ms for h in happenings]),
        skus=Names(ints([skus.index(h.sku) for h in happenings]), skus),
        warehouses=Names(ints([warehouses.index(h.warehouse) for h in happenings]), warehouses),
        qty=ints([h.qty for h in happenings]),
        expected_ms=ints([MISSING if h.expected_ms is None else h.expected_ms for h in happenings]),
    )


@st.composite
def happenings(draw: st.DrawFn, hours: int = 60) -> Happening:
    """An event of one of four shelves; often several in one minute, and on the grid hour itself."""
    kind = draw(st.sampled_from(tuple(EventKind)))
    lowest = {EventKind.STOCK_ADJUSTED: -9, EventKind.STOCK_COUNTED: 0}.get(kind, 1)
    when = st.integers(0, hours * 60).map(lambda minute: at(minute / 60)) | st.integers(at(0), at(hours))
    occurred_ms = draw(when | st.sampled_from((at(6), at(6) + 1, at(6) - 1, at(12))))
    expected_ms = occurred_ms + draw(st.integers(0, 10**8)) if kind is EventKind.STOCK_INBOUND else None
    sku, warehouse = draw(st.sampled_from(("tea", "mug"))), draw(st.sampled_from(("a", "b")))
    return Happening(sku, warehouse, kind, draw(st.integers(lowest, 9)), occurred_ms, expected_ms)
