"""What happens in the sandbox's shop: drawn by chance from the pace of real sales, and the same for the same seed."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from ops.demo.sample import SampleEvent, Shelf, closing_stock

MINUTE = timedelta(minutes=1)
REORDER_DAYS = 1.5
"""A shelf with less than this left, at its pace, is ordered for."""
ORDER_DAYS = 4.0
DELIVERY_HOURS = (10.0, 30.0)
LATENESS_HOURS = 3.0
"""Deliveries come this early or late, so that some shelves run out."""


@dataclass(slots=True)
class _Delivery:
    qty: int
    arrives: datetime


class Shop:
    """Its shelves as the history left them, from ``opens_at`` on, which is when the history ends."""

    def __init__(self, history: Sequence[SampleEvent], opens_at: datetime, seed: int) -> None:
        self._chance = Random(seed)
        self._stock = dict(closing_stock(history))
        self._pace = _pace(history)
        self._coming: dict[Shelf, _Delivery] = {}
        self._number = history[-1].number
        self._now = opens_at

    @property
    def now(self) -> datetime:
        """The minute that is told next."""
        return self._now

    def stock(self, shelf: Shelf) -> int:
        """Units on a shelf by now."""
        return self._stock[shelf]

    def next_minute(self) -> list[SampleEvent]:
        """What happens in the minute from `now` on, in time order; it is over then."""
        events = [event for shelf in self._stock for event in self._at(shelf)]
        self._now += MINUTE
        return sorted(events, key=lambda event: (event.occurred_at, event.number))

    def _at(self, shelf: Shelf) -> Iterator[SampleEvent]:
        coming = self._coming.get(shelf)
        if coming is not None and coming.arrives <= self._now:
            del self._coming[shelf]
            self._stock[shelf] += coming.qty
            yield self._event("stock.received", shelf, coming.qty)
        pace = self._pace[shelf]
        wanted = _poisson(self._chance, pace[self._now.hour] / 60)
        # what is not there cannot be sold; nobody sees who wanted it
        for _ in range(min(wanted, self._stock[shelf])):
            self._stock[shelf] -= 1
            yield self._event("order.created", shelf, 1)
        if shelf not in self._coming and self._stock[shelf] < REORDER_DAYS * sum(pace):
            yield self._ordered(shelf, max(1, round(ORDER_DAYS * sum(pace))))

    def _ordered(self, shelf: Shelf, qty: int) -> SampleEvent:
        expected = self._now + timedelta(hours=self._chance.uniform(*DELIVERY_HOURS))
        late = timedelta(hours=self._chance.uniform(-LATENESS_HOURS, LATENESS_HOURS))
        self._coming[shelf] = _Delivery(qty, expected + late)
        return self._event("stock.inbound", shelf, qty, expected)

    def _event(self, kind: str, shelf: Shelf, qty: int, expected_at: datetime | None = None) -> SampleEvent:
        self._number += 1
        at = self._now + self._chance.random() * MINUTE
        return SampleEvent(self._number, at, kind, *shelf, qty, expected_at)


def _pace(history: Sequence[SampleEvent]) -> dict[Shelf, list[float]]:
    """Units sold in each hour of the day, by shelf, on a day as they were on average."""
    days = max(1.0, (history[-1].occurred_at - history[0].occurred_at) / timedelta(days=1))
    sold: Counter[tuple[Shelf, int]] = Counter()
    for event in history:
        if event.event_type == "order.created":
            sold[(event.sku, event.warehouse), event.occurred_at.hour] += event.qty
    return {shelf: [sold[shelf, hour] / days for hour in range(24)] for shelf in closing_stock(history)}


def _poisson(chance: Random, mean: float) -> int:
    """Knuth's way, which is quick for small means."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
