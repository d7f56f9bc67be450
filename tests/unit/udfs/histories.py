"""Made-up logs of one SKU in one warehouse, how they may reach the ledger, and the plain truth to compare with."""

from collections.abc import Sequence

from hypothesis import strategies as st

from udfs.combined import MINUTE_MS, EventKind, MinuteTotals, StockEvent, combine

FIRST_MINUTE = 29_000_000
FIRST_MS = FIRST_MINUTE * MINUTE_MS

STOCK_KINDS = tuple(kind for kind in EventKind if kind is not EventKind.STOCK_INBOUND)
SIGNS = {
    EventKind.ORDER_CREATED: -1,
    EventKind.ORDER_CANCELLED: 1,
    EventKind.RETURN_RECEIVED: 1,
    EventKind.STOCK_RECEIVED: 1,
    EventKind.STOCK_ADJUSTED: 1,
}


@st.composite
def stock_events(
    draw: st.DrawFn, minutes: int = 30, kinds: Sequence[EventKind] = tuple(EventKind)
) -> StockEvent:
    """An event within so many minutes of the first."""
    kind = draw(st.sampled_from(kinds))
    occurred_ms = FIRST_MS + draw(st.integers(0, minutes * MINUTE_MS - 1))
    lowest = {EventKind.STOCK_ADJUSTED: -20, EventKind.STOCK_COUNTED: 0}.get(kind, 1)
    expected_ms = occurred_ms + draw(st.integers(0, 10**9)) if kind is EventKind.STOCK_INBOUND else None
    received_ms = occurred_ms + draw(st.integers(0, 10**7))
    return StockEvent(kind, draw(st.integers(lowest, 20)), occurred_ms, received_ms, expected_ms)


@st.composite
def arrivals(draw: st.DrawFn, log: Sequence[StockEvent]) -> list[MinuteTotals]:
    """The minute totals of a log, cut into rows anywhere and shuffled as far as the design allows.

    Rows of different minutes in any order; the parts of one minute in log order.
    """
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(log) - 1)), max_size=8)))
    parts = [log[start:end] for start, end in zip([0, *cuts], [*cuts, len(log)])]
    in_log_order = [totals for part in parts if part for totals in combine(part).minutes]
    shuffled = draw(st.permutations(in_log_order))
    left = {
        minute: [t for t in in_log_order if t.minute == minute] for minute in {t.minute for t in shuffled}
    }
    return [left[totals.minute].pop(0) for totals in shuffled]


def true_stock(log: Sequence[StockEvent]) -> int:
    """Stock by the rule, from the whole log: order by event minute, then log; a count starts again."""
    stock = 0
    for event in sorted(log, key=lambda event: event.occurred_ms // MINUTE_MS):
        if event.kind is EventKind.STOCK_COUNTED:
            stock = event.qty
        elif event.kind in SIGNS:
            stock += SIGNS[event.kind] * event.qty
    return stock
