"""The hours of a tenant's week, learned from how many orders came in each: the profile of operational time.

Counts fade with a half-life of four weeks, so a change of opening hours is followed. A week has 168 hours and a small
tenant few orders, so an hour's own count is drawn towards what its hour of the day and its day of the week say together,
and all of it towards an even week.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from udfs.operational_time import HOUR_MS, HOURS, MONDAY_MS, WeekProfile

HALF_LIFE_HOURS = 28 * 24
HOURS_A_DAY = 24
OWN = 40.0
"""Orders of an hour of the week at which its own count weighs as much as its hour and day together."""
EVEN = 40.0
"""Orders of an hour of the day, or of a day of the week, at which its count weighs as much as an even spread."""
LEAST_PACE = 0.02
"""No hour is thought quite impossible: time must pass somehow."""
_MONDAY_HOUR = MONDAY_MS // HOUR_MS


@dataclass(slots=True)
class WeekOrders:
    """Faded orders by hour of the week from Monday 00:00 UTC, as of the newest hour seen (hours since 1970)."""

    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros(HOURS))
    hour: int | None = None

    def add(self, orders_in_hours: Iterable[tuple[int, int]]) -> None:
        """Take orders in, by hour since 1970, in any order."""
        for hour, orders in orders_in_hours:
            if self.hour is None:
                self.hour = hour
            elif hour > self.hour:
                self.counts *= 0.5 ** ((hour - self.hour) / HALF_LIFE_HOURS)
                self.hour = hour
            # more may be cancelled in an hour than ordered in it
            self.counts[(hour - _MONDAY_HOUR) % HOURS] += orders * 0.5 ** (
                (self.hour - hour) / HALF_LIFE_HOURS
            )

    def profile(self) -> WeekProfile:
        """The pace of each hour."""
        counts = np.maximum(self.counts, 0.0).reshape(-1, HOURS_A_DAY)
        by_hour, by_day = _even_drawn(counts.sum(axis=0)), _even_drawn(counts.sum(axis=1))
        together = by_day[:, None] * by_hour[None, :]
        total = counts.sum()
        own = counts * (HOURS / total) if total > 0 else together
        share = total / (total + HOURS * OWN)
        pace = np.maximum(share * own + (1 - share) * together, LEAST_PACE)
        return WeekProfile([round(float(one), 4) for one in pace.ravel()])


def _even_drawn(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Paces with mean 1, drawn towards an even one."""
    drawn = counts + EVEN
    paces: NDArray[np.float64] = drawn / drawn.mean()
    return paces
