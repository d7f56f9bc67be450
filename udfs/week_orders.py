"""The hours of a tenant's week, learned from how many orders came in each: the profile of operational time.

Counts fade with a half-life of four weeks, so a change of opening hours is followed. Beside them stands how often each
hour of the week has passed, faded alike, so that a first week which is not over yet says nothing of the days to come. A
week has 168 hours and a small tenant few orders, so an hour's own pace is drawn towards what its hour of the day and its
day of the week say together, and these towards an even week.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from udfs.operational_time import HOUR_MS, HOURS, MONDAY_MS, WeekProfile

HALF_LIFE_HOURS = 28 * 24
HOURS_A_DAY = 24
OWN = 40.0
"""Orders to be expected in an hour of the week at which its own count weighs as much as its hour and day together."""
EVEN = 40.0
"""The same for an hour of the day, or a day of the week, and an even spread."""
LEAST_PACE = 0.02
"""No hour is thought quite impossible: time must pass somehow."""
_MONDAY_HOUR = MONDAY_MS // HOUR_MS

Hours = NDArray[np.float64]
"""A number for each hour of the week from Monday 00:00 UTC."""


def _none() -> Hours:
    return np.zeros(HOURS)


@dataclass(slots=True)
class WeekOrders:
    """Faded orders, and faded hours passed, as of the newest hour seen (hours since 1970)."""

    counts: Hours = field(default_factory=_none)
    passed: Hours = field(default_factory=_none)
    hour: int | None = None

    def add(self, orders_in_hours: Iterable[tuple[int, int]]) -> None:
        """Take orders in, by hour since 1970, in any order."""
        for hour, orders in orders_in_hours:
            newest = self._pass(hour)
            # more may be cancelled in an hour than ordered in it
            self.counts[(hour - _MONDAY_HOUR) % HOURS] += orders * 0.5 ** ((newest - hour) / HALF_LIFE_HOURS)

    def profile(self) -> WeekProfile:
        """The pace of each hour."""
        total = float(np.maximum(self.counts, 0.0).sum())
        if total <= 0:
            return WeekProfile.flat()
        counts = np.maximum(self.counts, 0.0).reshape(-1, HOURS_A_DAY)
        expected = self.passed.reshape(-1, HOURS_A_DAY) * (total / self.passed.sum())
        by_hour = _drawn(counts.sum(axis=0), expected.sum(axis=0), EVEN)
        by_day = _drawn(counts.sum(axis=1), expected.sum(axis=1), EVEN)
        together = by_day[:, None] * by_hour[None, :]
        pace = np.maximum((counts + OWN * together) / (expected + OWN), LEAST_PACE)
        return WeekProfile([round(float(one), 4) for one in pace.ravel()])

    def _pass(self, hour: int) -> int:
        """Let time pass up to an hour; returns the newest."""
        if self.hour is None:
            self.hour = hour - 1
        gap = hour - self.hour
        if gap > 0:
            left = 0.5 ** (gap / HALF_LIFE_HOURS)
            self.counts, self.passed = self.counts * left, self.passed * left
            # of a long gap the last weeks will do: what lies before has faded
            for one in range(max(self.hour, hour - 4 * HALF_LIFE_HOURS) + 1, hour + 1):
                self.passed[(one - _MONDAY_HOUR) % HOURS] += 0.5 ** ((hour - one) / HALF_LIFE_HOURS)
            self.hour = hour
        return self.hour


def _drawn(counts: Hours, expected: Hours, towards_even: float) -> Hours:
    """Paces of about mean 1, drawn towards an even one."""
    paces: Hours = (counts + towards_even) / (expected + towards_even)
    return paces
