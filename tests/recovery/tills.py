"""Steady load: tills that post a batch each period, of sales and goods, of shelves that run empty and are filled again."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recovery.oracle import COUNTED, SIGNS, Event
from recovery.shop import Shop

SKUS_OF_A_TILL = 10
OPENING_STOCK = 100_000_000
"""So much that no sale of a test brings it near to running out."""
REFILL = 500
HOT = "HOT"
KINDS = tuple(SIGNS)
USUAL = (12, 1, 1, 1, 1)
"""How often each of the kinds comes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What each till does. ``hot`` is the share of events that go to one SKU; ``clock`` is how wrong the shop's is."""

    period_s: float = 0.5
    batch: int = 25
    hot: float = 0.0
    clock: timedelta = timedelta()
    runs_out: bool = True
    """Whether each batch has a shelf that is counted empty; every other one is filled again once its alert is told."""

    @property
    def events_a_second(self) -> float:
        """Of one till, as long as nothing holds it up; but for shelves."""
        return self.batch / self.period_s


class Tills:
    """The load of one shop. ``alerted`` tells whether the alert of a SKU has been seen."""

    def __init__(self, shop: Shop, pace: Pace, count: int, alerted: Callable[[str], bool], seed: int) -> None:
        self._shop = shop
        self._pace = pace
        self._tills = [
            _Till(shop, pace, number, alerted, random.Random(f"{seed} {number}")) for number in range(count)
        ]

    def start(self) -> None:
        """Count every shelf, then sell."""
        for till in self._tills:
            self._shop.post([*till.opening()])
        for till in self._tills:
            till.start()

    def stop(self) -> None:
        """For good, each after the batch in hand."""
        for till in self._tills:
            till.ended.set()
        for till in self._tills:
            till.join()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No batch is on its way meanwhile. Raises what ended a till, if one failed."""
        for till in self._tills:
            till.turn.acquire()
        try:
            for till in self._tills:
                if till.failure is not None:
                    raise till.failure
            yield
        finally:
            for till in self._tills:
                till.turn.release()


class _Till(threading.Thread):
    def __init__(
        self, shop: Shop, pace: Pace, number: int, alerted: Callable[[str], bool], chance: random.Random
    ) -> None:
        super().__init__(name=f"till-{number}", daemon=True)
        self.turn = threading.Lock()
        self.ended = threading.Event()
        self.failure: Exception | None = None
        self._shop, self._pace, self._number = shop, pace, number
        self._alerted, self._chance = alerted, chance
        self._skus = [f"T{number}-{each}" for each in range(SKUS_OF_A_TILL)]
        self._emptied = 0
        self._to_fill: list[str] = []

    def opening(self) -> Iterator[Event]:
        """A count of every SKU, two hours before what comes after it."""
        names = [*self._skus, HOT] if self._number == 0 and self._pace.hot else self._skus
        for sku in names:
            yield Event.new(COUNTED, sku, OPENING_STOCK, self._time(timedelta(hours=-2)))

    def run(self) -> None:
        due = time.monotonic()
        while not self.ended.is_set():
            with self.turn:
                try:
                    self._shop.post([*self._batch()])
                except Exception as error:
                    self.failure = error
                    return
            # who was held up does not hurry afterwards
            due = max(due + self._pace.period_s, time.monotonic())
            self.ended.wait(due - time.monotonic())

    def _batch(self) -> Iterator[Event]:
        for _ in range(self._pace.batch):
            sku = HOT if self._chance.random() < self._pace.hot else self._chance.choice(self._skus)
            (kind,) = self._chance.choices(KINDS, USUAL)
            yield Event.new(kind, sku, self._chance.randint(1, 9), self._time())
        if self._pace.runs_out:
            yield from self._shelves()

    def _shelves(self) -> Iterator[Event]:
        sku = f"OUT{self._number}-{self._emptied}"
        yield Event.new(COUNTED, sku, 0)
        if self._emptied % 2 == 0:
            self._to_fill.append(sku)
        self._emptied += 1
        told = [each for each in self._to_fill if self._alerted(each)]
        self._to_fill = [each for each in self._to_fill if each not in told]
        for each in told:
            yield Event.new("stock.received", each, REFILL)

    def _time(self, before: timedelta = timedelta()) -> datetime | None:
        """By the shop's clock; a wrong one is wrong by another half hour each time."""
        if not self._pace.clock:
            return None if not before else datetime.now(UTC) + before
        return (
            datetime.now(UTC) + self._pace.clock + before + timedelta(minutes=self._chance.uniform(-30, 30))
        )
