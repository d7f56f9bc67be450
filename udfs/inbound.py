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
    ) -> None:
        """Take one row's announcements and receipts in; ``newest_minute`` is the newest event minute known."""
        receipts = [totals for totals in minutes if totals.received > 0]
        orders = self.outstanding
        overdue_before = newest_minute - OVERDUE_MINUTES
        if not (announced or receipts or (orders and orders[0].expected < overdue_before)):
            return
        orders = sorted([*orders, *announced], key=lambda order: (order.expected, order.announced))
        for totals in receipts:
            orders = _received(orders, totals.minute, totals.received)
        orders = [order for order in orders if order.expected >= overdue_before]
        while len(orders) > MOST:
            last = orders.pop()
            orders[-1] = Inbound(orders[-1].announced, orders[-1].qty + last.qty, last.expected)
        self.outstanding = orders


def _received(orders: list[Inbound], minute: int, units: int) -> list[Inbound]:
    left = []
    for order in orders:
        used = min(units, order.qty) if order.announced <= minute else 0
        units -= used
        if used < order.qty:
            left.append(order._replace(qty=order.qty - used))
    return left
