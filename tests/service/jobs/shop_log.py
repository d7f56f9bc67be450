"""A made-up shop of several SKUs: its log as events of a tenant, and the same log through the back-test.

Events of one minute come in any order. But what sets a shelf right, or may empty it, has minutes of its own for each
SKU, so it is of no account where the stream cuts the log into rows: in which order a minute's sale and receipt were is
known to a row that holds both, and not to two rows.
"""

from itertools import groupby
from random import Random

from service.jobs.tenant_log import Record, TenantLog

from udfs.combined import MINUTE_MS, Combined, EventKind, StockEvent, combine
from udfs.grid import GRID_MINUTES
from udfs.learner import GRID_MS, Learner
from udfs.model_version import ModelVersion
from udfs.replay import Replay
from udfs.sku_state import SkuState

DAY_MINUTES = 1440
OPENS, OPEN_MINUTES = 7 * 60, 14 * 60
SKUS = [f"SKU-{number:02d}" for number in range(20)]


class SilentLearner(Learner):
    """Learns as any, and keeps to itself what it learned."""

    def publish(self, now_ms: int) -> None:
        return None

    def at_last(self) -> ModelVersion | None:
        """What it learned."""
        return Learner.publish(self, 0)


def shop_log(tenant: TenantLog, first_minute: int, days: int, seed: int) -> list[Record]:
    """Six weeks or so of counts, sales, cancellations, announced and unannounced goods, by minute."""
    chance = Random(seed)
    events = [
        event
        for sku in SKUS
        for event in _of_sku(tenant, sku, first_minute, days, chance)
        if event["occurred_at"] < (first_minute + days * DAY_MINUTES) * MINUTE_MS
    ]
    return sorted(events, key=lambda event: (event["occurred_at"] // MINUTE_MS, chance.random()))


def _of_sku(tenant: TenantLog, sku: str, first_minute: int, days: int, chance: Random) -> list[Record]:
    taken: set[int] = set()

    def event(kind: EventKind, qty: int, minute: int, **fields: int) -> Record:
        # an order in the minute of a grid hour belongs to the step before it, and to the hour after it
        while minute in taken or minute % GRID_MINUTES == 0:
            minute += 1
        taken.add(minute)
        return tenant.event(kind.value, sku, qty, minute * MINUTE_MS + chance.randrange(MINUTE_MS), **fields)

    sales_a_day = chance.uniform(1, 9)
    events = [event(EventKind.STOCK_COUNTED, round(4 * sales_a_day), first_minute)]
    for day in range(days):
        opens = first_minute + day * DAY_MINUTES + OPENS
        for _ in range(round(chance.gauss(sales_a_day, sales_a_day / 2))):
            sold = opens + chance.randrange(OPEN_MINUTES)
            events.append(event(EventKind.ORDER_CREATED, 1 + chance.randrange(2), sold))
            if chance.random() < 0.05:
                events.append(event(EventKind.ORDER_CANCELLED, 1, sold + 30 + chance.randrange(600)))
        if chance.random() < 0.2:
            events += _goods(event, round(6 * sales_a_day), opens, chance)
        if chance.random() < 0.05:
            events.append(event(EventKind.STOCK_COUNTED, round(3 * sales_a_day), opens - 60))
    return events


def _goods(event, qty: int, minute: int, chance: Random) -> list[Record]:  # type: ignore[no-untyped-def]
    arrives = minute + 2 * DAY_MINUTES + chance.randrange(-300, 300)
    received = event(EventKind.STOCK_RECEIVED, qty, arrives)
    if chance.random() < 0.3:
        return [received]
    expected_ms = (minute + 2 * DAY_MINUTES) * MINUTE_MS
    return [event(EventKind.STOCK_INBOUND, qty, minute, expected_at=expected_ms), received]


class Backtest:
    """The log of a tenant through `udfs.replay.Replay`, grid hour by grid hour, with the cold parameters throughout."""

    def __init__(self, tenant: TenantLog, log: list[Record]) -> None:
        self._replay = Replay([f"{tenant.tenant_id}|{sku}|W1" for sku in SKUS])
        self._replay.learner = self.learner = SilentLearner()
        self._rows = {
            grid: [(SKUS.index(sku), row) for sku, row in _rows(list(step))]
            for grid, step in groupby(log, key=_grid_after)
        }
        self._next_grid = min(self._rows)
        self.advance(max(self._rows))

    def advance(self, until_grid: int) -> None:
        """Go on to a grid hour."""
        for grid in range(self._next_grid, until_grid + 1):
            self._replay.step(grid * GRID_MS, self._rows.get(grid, []))
        self._next_grid = until_grid + 1

    @property
    def states(self) -> dict[str, SkuState]:
        """What is known of each SKU."""
        return dict(zip(SKUS, self._replay.states))


def _grid_after(event: Record) -> int:
    """The grid hour at which an event is known; one at a grid hour itself is known at it."""
    return int((event["occurred_at"] // MINUTE_MS - 1) // GRID_MINUTES + 1)


def _rows(step: list[Record]) -> list[tuple[str, Combined]]:
    by_sku = sorted(step, key=lambda event: str(event["sku"]))
    return [
        (sku, combine(map(_stock_event, events)))
        for sku, events in groupby(by_sku, lambda event: event["sku"])
    ]


def _stock_event(event: Record) -> StockEvent:
    return StockEvent(
        EventKind(event["event_type"]),
        event["qty"],
        event["occurred_at"],
        event["received_at"],
        event.get("expected_at"),
    )
