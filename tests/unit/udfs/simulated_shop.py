"""A made-up shop whose demand is known to the last order, and may double from one day to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from udfs.combined import MINUTE_MS, Combined, EventKind, StockEvent, combine
from udfs.grid import GRID_MINUTES
from udfs.operational_time import DAY_MS

GRID_MS = GRID_MINUTES * MINUTE_MS
STEPS_A_DAY = 4
START_MS = 80_544 * GRID_MS
"""A Monday, 00:00 UTC: the first grid hour."""
OPENS_MINUTE, OPEN_MINUTES = 7 * 60, 14 * 60
LEAD_MS = 2 * DAY_MS
"""From the announcement of goods to their arrival, which is always kept."""


class Levels(NamedTuple):
    """Once no more than ``low`` units are there or on their way, goods are ordered up to ``full``."""

    low: int
    full: int


@dataclass(frozen=True)
class Shop:
    """What happened between one grid hour and the next, by step, and when each shelf became empty."""

    keys: list[str]
    steps: list[list[tuple[int, Combined]]]
    emptied_ms: list[list[int]]

    def at_ms(self, step: int) -> int:
        """The grid hour at the end of a step."""
        return START_MS + step * GRID_MS

    def ran_out(self, key: int, at_ms: int) -> bool:
        """Whether the shelf became empty in the 24 hours after a moment."""
        return any(at_ms < emptied_ms <= at_ms + DAY_MS for emptied_ms in self.emptied_ms[key])


def simulated_shop(skus: int, days: int, doubles_on_day: int, seed: int) -> Shop:
    """Each SKU sells at a pace of its own. The shop goes on ordering goods as before when the demand has doubled."""
    random = np.random.default_rng(seed)
    shop = Shop([f"shop|sku-{sku}|main" for sku in range(skus)], [[] for _ in range(days * STEPS_A_DAY)], [])
    for sku, pace in enumerate(random.uniform(5, 15, skus)):
        units_a_day = 1.5 * pace
        levels = Levels(round(2.6 * units_a_day), round(8 * units_a_day))
        stock = int(random.integers(*levels))
        events, emptied_ms = _history(_orders(random, pace, days, doubles_on_day), stock, levels)
        shop.emptied_ms.append(emptied_ms)
        for step, row in _rows(events):
            if step < len(shop.steps):
                shop.steps[step].append((sku, row))
    return shop


def _orders(
    random: np.random.Generator, pace: float, days: int, doubles_on_day: int
) -> list[tuple[int, int]]:
    """Moment and units of the orders that come: a Poisson process in opening hours, busiest in the middle of the day."""
    day = np.arange(days)
    day = day.repeat(random.poisson(np.where(day < doubles_on_day, pace, 2 * pace)))
    minute = (OPENS_MINUTE + random.beta(2, 2, len(day)) * OPEN_MINUTES).astype(int)
    moments = np.sort(START_MS + day * DAY_MS + minute * MINUTE_MS)
    return list(zip(moments.tolist(), random.integers(1, 3, len(day)).tolist()))


def _history(orders: list[tuple[int, int]], stock: int, levels: Levels) -> tuple[list[StockEvent], list[int]]:
    """What the orders do to a shelf that was counted at the start: events in order of time, and when it became empty.

    An order finds what is there, and an empty shelf sells nothing.
    """
    events, emptied_ms = [_event(EventKind.STOCK_COUNTED, stock, START_MS)], []
    due: list[tuple[int, int]] = []
    for at_ms, wanted in orders:
        while due and due[0][0] <= at_ms:
            arrives_ms, goods = due.pop(0)
            events.append(_event(EventKind.STOCK_RECEIVED, goods, arrives_ms))
            stock += goods
        sold = min(wanted, stock)
        if sold:
            events.append(_event(EventKind.ORDER_CREATED, sold, at_ms))
            stock -= sold
            if stock == 0:
                emptied_ms.append(at_ms)
        there = stock + sum(goods for _, goods in due)
        if there <= levels.low:
            due.append((at_ms + LEAD_MS, levels.full - there))
            events.append(_event(EventKind.STOCK_INBOUND, levels.full - there, at_ms, at_ms + LEAD_MS))
    return events, emptied_ms


def _event(kind: EventKind, qty: int, at_ms: int, expected_ms: int | None = None) -> StockEvent:
    return StockEvent(kind, qty, at_ms, at_ms, expected_ms)


def _rows(events: list[StockEvent]) -> Iterator[tuple[int, Combined]]:
    """One row for each step in which anything happened; what happens at a grid hour is known at it."""
    for step, some in groupby(events, key=lambda event: -((START_MS - event.occurred_ms) // GRID_MS)):
        yield step, combine(some)
