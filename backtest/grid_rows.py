"""Events grouped by grid hour and key into the rows that `udfs.combined.combine` would make of them, many at once.

Events are sorted by step and key, and stay in time order within each. Every row, and every minute in it, is then a run
of neighbours, so its sums are sums over runs.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backtest.event_columns import KINDS, Bools, Ints
from udfs.combined import COUNTED, MINUTE_MS, Combined, EventKind, Inbound, MinuteTotals

if TYPE_CHECKING:
    from backtest.event_log import EventLog

_DEMAND = {EventKind.ORDER_CREATED: 1, EventKind.ORDER_CANCELLED: -1}
_ADDED = {
    EventKind.ORDER_CREATED: -1,
    EventKind.ORDER_CANCELLED: 1,
    EventKind.RETURN_RECEIVED: 1,
    EventKind.STOCK_RECEIVED: 1,
    EventKind.STOCK_ADJUSTED: 1,
}
DEMAND = np.array([_DEMAND.get(kind, 0) for kind in KINDS])
"""Sign of each kind's units in the demand."""
ADDED = np.array([_ADDED.get(kind, 0) for kind in KINDS])
"""Sign of each kind's units in the stock; a count and an announcement add nothing."""


class GridRows:
    """The rows of a log by step. ``step`` holds each event's, ascending; events beyond the last are left out."""

    def __init__(self, log: "EventLog", step: Ints, steps: int) -> None:
        inside = step < steps
        row = step[inside] * len(log.keys) + log.key[inside]
        order = np.argsort(row, kind="stable")
        row = row[order]
        occurred, kind = log.occurred_ms[inside][order], log.kind[inside][order]
        qty, expected = log.qty[inside][order], log.expected_ms[inside][order]
        starts = _starts(row)
        ends = np.append(starts[1:], len(row))
        self._key = row[starts] % len(log.keys)
        self._newest, self._oldest, self._events = occurred[ends - 1], occurred[starts], ends - starts
        self._bounds = np.searchsorted(row[starts] // len(log.keys), np.arange(steps + 1))
        number = np.cumsum(_changes(row)) - 1
        announced = kind == KINDS.index(EventKind.STOCK_INBOUND)
        self._inbound = [occurred[announced] // MINUTE_MS, qty[announced], expected[announced] // MINUTE_MS]
        self._inbound_bounds = np.searchsorted(number[announced], np.arange(len(starts) + 1))
        moving = ~announced
        minute = occurred[moving] // MINUTE_MS
        # one number for each minute of each row, so that neighbours differ where a minute ends
        of_minute = _starts(number[moving], minute)
        self._minutes = [minute[of_minute], *_totals(of_minute, kind[moving], qty[moving])]
        self._minute_bounds = np.searchsorted(number[moving][of_minute], np.arange(len(starts) + 1))

    def of_step(self, step: int) -> list[tuple[int, Combined]]:
        """Key index and row of each key with events in this step."""
        first, end = self._bounds[step : step + 2].tolist()
        minute_bounds = self._minute_bounds[first : end + 1].tolist()
        inbound_bounds = self._inbound_bounds[first : end + 1].tolist()
        minutes = [*map(MinuteTotals._make, _slice(self._minutes, minute_bounds))]
        inbound = [*map(Inbound._make, _slice(self._inbound, inbound_bounds))]
        of_minutes, of_inbound = minute_bounds[0], inbound_bounds[0]
        header = zip(
            self._key[first:end].tolist(),
            self._newest[first:end].tolist(),
            self._oldest[first:end].tolist(),
            self._events[first:end].tolist(),
            zip(minute_bounds, minute_bounds[1:]),
            zip(inbound_bounds, inbound_bounds[1:]),
        )
        return [
            (
                key,
                Combined(
                    newest,
                    oldest,
                    events,
                    tuple(minutes[m0 - of_minutes : m1 - of_minutes]),
                    tuple(inbound[i0 - of_inbound : i1 - of_inbound]),
                ),
            )
            for key, newest, oldest, events, (m0, m1), (i0, i1) in header
        ]


def _totals(starts: Ints, kind: Ints, qty: Ints) -> list[Ints]:
    """The fields of `MinuteTotals` after the minute, for each run of events."""
    if not len(starts):
        return [starts] * 7
    counted = kind == KINDS.index(EventKind.STOCK_COUNTED)
    place = np.arange(len(kind))
    last_count = np.maximum.reduceat(np.where(counted, place, -1), starts)
    run = np.cumsum(_mask(starts, len(kind))) - 1
    demand = DEMAND[kind]
    return [
        np.where(last_count >= 0, COUNTED, 0),
        np.where(last_count >= 0, qty[last_count], 0),
        np.add.reduceat(np.where(place > last_count[run], ADDED[kind] * qty, 0), starts),
        np.add.reduceat(demand, starts),
        np.add.reduceat(demand * qty, starts),
        np.add.reduceat(demand * qty * qty, starts),
        np.add.reduceat(np.where(kind == KINDS.index(EventKind.STOCK_RECEIVED), qty, 0), starts),
    ]


def _slice(columns: list[Ints], bounds: list[int]) -> "zip[tuple[int, ...]]":
    return zip(*(column[bounds[0] : bounds[-1]].tolist() for column in columns))


def _changes(*columns: Ints) -> Bools:
    """Where any column differs from the entry before; true at the first."""
    changed = np.zeros(len(columns[0]), dtype=bool)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


def _starts(*columns: Ints) -> NDArray[np.int64]:
    return np.flatnonzero(_changes(*columns))


def _mask(places: Ints, length: int) -> Bools:
    mask = np.zeros(length, dtype=bool)
    mask[places] = True
    return mask
