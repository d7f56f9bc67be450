"""Time as a shop feels it: an hour in which much is sold is long, an hour in which it is closed is short.

A profile gives the pace of each hour of the week, with mean 1, so a week of operational time is a week of wall-clock
time. Demand then arrives at an even rate in operational time.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import inf
from typing import Self

HOURS = 168
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = HOURS * HOUR_MS
# 1970-01-01 was a Thursday; profiles begin on Monday 00:00 UTC
MONDAY_MS = 4 * DAY_MS


class WeekProfile:
    """Pace by hour of the week from Monday 00:00 UTC: 168 numbers, at least 0, scaled here to mean 1.

    It maps moments in epoch milliseconds to positions in operational days since a Monday long ago, and back.
    """

    __slots__ = ("weights", "pace", "_before", "_days_a_ms")

    def __init__(self, weights: Sequence[float]) -> None:
        total = sum(weights)
        if len(weights) != HOURS or min(weights) < 0 or not 0 < total < inf:
            raise ValueError(f"A week's profile is {HOURS} finite numbers of at least 0, not all 0.")
        self.weights = tuple(weights)
        self.pace = tuple(weight * HOURS / total for weight in weights)
        # operational days from Monday 00:00 to each hour; the last is a week but for rounding
        self._before = (0.0, *accumulate([pace / 24 for pace in self.pace[:-1]]), 7.0)
        self._days_a_ms = tuple(pace / DAY_MS for pace in self.pace)

    @classmethod
    def flat(cls) -> Self:
        """The profile that knows nothing: operational time is wall-clock time."""
        return cls([1.0] * HOURS)

    def position(self, ms: int) -> float:
        """Where a moment lies in operational time. The difference of two is the operational days between them."""
        hours, into_hour_ms = divmod(ms - MONDAY_MS, HOUR_MS)
        weeks, of_week = divmod(hours, HOURS)
        return weeks * 7 + self._before[of_week] + self._days_a_ms[of_week] * into_hour_ms

    def moment(self, position: float) -> int:
        """The first moment at a position of operational time."""
        weeks = position // 7
        of_week = position - weeks * 7
        hour = bisect_left(self._before, of_week, 1) - 1
        pace = self.pace[hour]
        into_hour_ms = (of_week - self._before[hour]) / pace * DAY_MS if pace > 0 else 0.0
        return MONDAY_MS + int(weeks) * WEEK_MS + hour * HOUR_MS + round(into_hour_ms)
