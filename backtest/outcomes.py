"""What happened after each answer, by the log's own stock.

The stock of a SKU in a warehouse follows its events in time order: a count sets it, every other event adds to it. Like
in the ledger it is known from the first count on, or from the start where the first minute brought goods in.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from backtest.event_columns import KINDS, MISSING, Bools, Ints, ints
from backtest.event_log import EventLog
from backtest.grid_rows import ADDED
from udfs.combined import MINUTE_MS, EventKind
from udfs.operational_time import DAY_MS

HORIZON_MS = DAY_MS
"""What a probability speaks of: running out within this time."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of keys, sorted by key and then by time."""

    key: Ints
    at_ms: Ints

    def __len__(self) -> int:
        return len(self.key)

    def next_after(self, key: Ints, at_ms: Ints) -> Ints:
        """The first moment of each key strictly after each time; `MISSING` where there is none."""
        if not len(self):
            return np.full(len(key), MISSING, dtype=np.int64)
        place = self.count_until(key, at_ms)
        there = np.minimum(place, len(self) - 1)
        found = (place < len(self)) & (self.key[there] == key)
        return np.where(found, self.at_ms[there], MISSING)

    def count_until(self, key: Ints, at_ms: Ints) -> Ints:
        """How many moments stand before each place: those of lesser keys, and of this key up to this time."""
        everything = np.concatenate([self.at_ms, at_ms])
        origin = everything.min(initial=0)
        # key and time as one number, which 64 bits hold for a million keys over a century
        span = everything.max(initial=0) - origin + 1
        sought = key * span + (at_ms - origin)
        return ints(np.searchsorted(self.key * span + (self.at_ms - origin), sought, side="right"))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One entry for each answer."""

    ran_out_ms: Ints
    """When the stock next reached 0; `MISSING` where it never did in the log."""
    restocked: Bools
    """Whether goods were received within the horizon."""
    known: Bools
    """Whether the whole horizon lies inside the log."""
    ran_out: Bools
    """Whether the stock reached 0 within the horizon."""

    def where(self, chosen: Bools) -> Self:
        """Those outcomes alone."""
        return type(self)(
            self.ran_out_ms[chosen], self.restocked[chosen], self.known[chosen], self.ran_out[chosen]
        )


def outcomes(log: EventLog, outs: Moments, key: Ints, at_ms: Ints) -> Outcomes:
    """What happened to each key after each time, where it had stock; ``outs`` are the log's `stock_outs`."""
    ran_out_ms = outs.next_after(key, at_ms)
    received_ms = receipts(log).next_after(key, at_ms)
    end_ms = at_ms + HORIZON_MS
    return Outcomes(
        ran_out_ms=ran_out_ms,
        restocked=(received_ms != MISSING) & (received_ms <= end_ms),
        known=end_ms <= log.last_ms,
        ran_out=(ran_out_ms != MISSING) & (ran_out_ms <= end_ms),
    )


def receipts(log: EventLog) -> Moments:
    """Every ``stock.received``."""
    return _moments(log, np.flatnonzero(log.kind == KINDS.index(EventKind.STOCK_RECEIVED)))


def stock_outs(log: EventLog) -> Moments:
    """Every event that took a known stock from above 0 to 0 or less."""
    (moving,) = (log.kind != KINDS.index(EventKind.STOCK_INBOUND)).nonzero()
    event = moving[np.argsort(log.key[moving], kind="stable")]
    if not len(event):
        return _moments(log, event)
    key, kind, qty = log.key[event], log.kind[event], log.qty[event]
    first_of_key = np.append(True, key[1:] != key[:-1])
    counted = kind == KINDS.index(EventKind.STOCK_COUNTED)
    stint_starts = np.flatnonzero(first_of_key | counted)
    stint = np.cumsum(first_of_key | counted) - 1
    total = np.cumsum(np.where(counted, qty, ADDED[kind] * qty))
    before_stint = np.append(0, total)[stint_starts]
    stock = total - before_stint[stint]
    known = (counted[stint_starts] | _begins_with_a_receipt(log, event, first_of_key)[stint_starts])[stint]
    filled = known & (stock > 0)
    emptied = known & (stock <= 0)
    emptied[1:] &= filled[:-1] & ~first_of_key[1:]
    emptied[0] = False
    return _moments(log, event[emptied])


def _begins_with_a_receipt(log: EventLog, event: Ints, first_of_key: Bools) -> Bools:
    """Of each event, sorted by key: whether goods were received in the first minute of its key."""
    minute = log.occurred_ms[event] // MINUTE_MS
    starts = np.flatnonzero(first_of_key)
    number = np.cumsum(first_of_key) - 1
    received = log.kind[event] == KINDS.index(EventKind.STOCK_RECEIVED)
    of_key = np.logical_or.reduceat(received & (minute == minute[starts][number]), starts)
    of_event: Bools = of_key[number]
    return of_event


def _moments(log: EventLog, event: Ints) -> Moments:
    by_key = event[np.argsort(log.key[event], kind="stable")]
    return Moments(log.key[by_key], log.occurred_ms[by_key])
