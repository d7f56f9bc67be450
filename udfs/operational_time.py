"""Time as a shop feels it: an hour in which much is sold is long, an hour in which it is closed is short.

A profile gives the pace of each hour of the week, with mean 1, so a week of operational time is a week of wall-clock
time. Demand then arrives at an even rate in operational time.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Self

HOURS = 168
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = HOURS * HOUR_MS
# 1970-01-01 was a Thursday; profiles begin on Monday 00:00 UTC
MONDAY_MS = 4 * DAY_MS


class WeekProfile:
    """Pace by hour of the week from Monday 00:00 UTC: 168 numbers, at least 0, scaled here to mean 1."""

    __slots__ = ("pace", "_before")

    def __init__(self, weights: Sequence[float]) -> None:
        total = sum(weights)
        if len(weights) != HOURS or min(weights) < 0 or not 0 < total < float("inf"):
            raise ValueError(f"A week's profile is {HOURS} finite numbers of at least 0, not all 0.")
        self.pace = tuple(weight * HOURS / total for weight in weights)
        self._before = (0.0, *accumulate(self.pace))

    @classmethod
    def flat(cls) -> Self:
        """The profile that knows nothing: operational time is wall-clock time."""
        return cls([1.0] * HOURS)

    def days_between(self, start_ms: int, end_ms: int) -> float:
        """Operational days from ``start_ms`` to ``end_ms``, epoch milliseconds UTC."""
        return (self._hours_at(end_ms) - self._hours_at(start_ms)) / 24

    def after(self, start_ms: int, days: float) -> int:
        """The first moment, epoch milliseconds, by which ``days`` of operational time have passed since ``start_ms``."""
        weeks, hours = divmod(self._hours_at(start_ms) + 24 * days, self._before[-1])
        hour = max(bisect_left(self._before, hours), 1) - 1
        pace = self.pace[hour]
        into_hour = (hours - self._before[hour]) / pace if pace > 0 else 0.0
        return MONDAY_MS + int(weeks) * WEEK_MS + round((hour + into_hour) * HOUR_MS)

    def _hours_at(self, ms: int) -> float:
        weeks, within = divmod(ms - MONDAY_MS, WEEK_MS)
        hour, within_hour = divmod(within, HOUR_MS)
        return weeks * self._before[-1] + self._before[hour] + self.pace[hour] * (within_hour / HOUR_MS)
