"""Replenishments that are announced and not received yet.

An announcement carries no number that its receipt repeats, so units received are taken off the announced orders in
order of expected arrival. A receipt cancels only what was announced before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from udfs.combined import Inbound, MinuteTotals

MOST = 4
"""Orders kept at most; beyond, the two that arrive last are taken as one, on the later date."""
OVERDUE_MINUTES = 7 * 1440
"""An order that has not come for so long is forgotten."""


@dataclass(slots=True)
class InboundOrders:
    """Outstanding orders, by expected arrival."""

    outstanding: list[Inbound] = field(default_factory=list)

    def apply(
        self, announced: Sequence[Inbound], minutes: Iterable[MinuteTotals], newest_minute: int
    ) -> int | None:
        """Take one row's announcements and receipts in; ``newest_minute`` is the newest event minute known.

        Returns the minute since which all that was received had been announced: that of its newest announcement, or of
        the receipt itself where some units were never announced. None where nothing was received.
        """
        receipts = [totals for totals in minutes if totals.received > 0]
        orders = self.outstanding
        overdue_before = newest_minute - OVERDUE_MINUTES
        if not (announced or receipts or (orders and orders[0].expected < overdue_before)):
            return None
        orders = sorted([*orders, *announced], key=lambda order: (order.expected, order.announced))
        known_since = None
        for totals in receipts:
            orders, since = _received(orders, totals.minute, totals.received)
            known_since = since if known_since is None else max(known_since, since)
        orders = [order for order in orders if order.expected >= overdue_before]
        while len(orders) > MOST:
            last = orders.pop()
            orders[-1] = Inbound(orders[-1].announced, orders[-1].qty + last.qty, last.expected)
        self.outstanding = orders
        return known_since


def _received(orders: list[Inbound], minute: int, units: int) -> tuple[list[Inbound], int]:
    """What is still outstanding after a receipt, and since when all of it had been announced."""
    left, since = [], -(1 << 31)
    for order in orders:
        used = min(units, order.qty) if order.announced <= minute else 0
        units -= used
        if used:
            since = max(since, order.announced)
        if used < order.qty:
            left.append(order._replace(qty=order.qty - used))
    return left, minute if units else since
