"""How fast one SKU sells in one warehouse: sums over past sales that fade with age, at three half-lives.

A sum is linear in its sales: one of age *a* counts ``0.5 ** (a / half_life)``, whenever it is heard of. So a late sale
adds exactly what it would have added in time. Beside the sales stands the exposure: the operational time in which they
could happen, faded alike. Time with an empty shelf is no exposure, so running out does not look like falling demand.

Exposure follows the newest event minute, with the stock as known then. A late event that changes what the stock had
been does not revise it; that is an approximation of at most the time the event was late.
"""

from dataclasses import dataclass, field
from math import exp2, log

from udfs.combined import MINUTE_MS, MinuteTotals
from udfs.operational_time import WeekProfile

HALF_LIVES_DAYS = (7, 14, 28)
"""Each twice the one before, which `fading` relies on."""
MINUTES_A_DAY = 1440
LN2 = log(2)


@dataclass(slots=True)
class Demand:
    """Faded sums as of the newest event minute; the three entries of each list follow `HALF_LIVES_DAYS`.

    Sums are net of cancellations, and a cancellation counts by its own age: they may fall a little below 0.
    """

    minute: int | None = None
    """The epoch minute that the sums are as of; None before any event."""
    orders: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    units: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    squares: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    exposure: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Operational days in stock."""

    def apply(self, totals: MinuteTotals, in_stock: bool, profile: WeekProfile) -> None:
        """Take the sales of one event minute in; ``in_stock`` tells whether the shelf held anything up to it."""
        if self.minute is None:
            self.minute = totals.minute
        age = self.minute - totals.minute
        if age < 0:
            self._move_on(totals.minute, in_stock, profile)
            age = 0
        if totals.orders or totals.units:
            weights = fading(age) if age else (1.0, 1.0, 1.0)
            for i, weight in enumerate(weights):
                self.orders[i] += weight * totals.orders
                self.units[i] += weight * totals.units
                self.squares[i] += weight * totals.squares

    def exposure_at(self, minute: float, in_stock: bool, profile: WeekProfile) -> list[float]:
        """Exposure faded to a later minute, plus the time since where the shelf held anything."""
        assert self.minute is not None and minute >= self.minute
        age = minute - self.minute
        left = fading(age)
        faded = [exposure * weight for exposure, weight in zip(self.exposure, left)]
        if not in_stock or age == 0:
            return faded
        passed = profile.days_between(self.minute * MINUTE_MS, round(minute * MINUTE_MS))
        # the mean of the weights over the time passed: exact for an even pace
        rate = LN2 * age / MINUTES_A_DAY
        return [
            kept + passed * (1 - weight) * days / rate
            for kept, weight, days in zip(faded, left, HALF_LIVES_DAYS)
        ]

    def _move_on(self, minute: int, in_stock: bool, profile: WeekProfile) -> None:
        assert self.minute is not None
        left = fading(minute - self.minute)
        self.exposure = self.exposure_at(minute, in_stock, profile)
        self.orders = [total * weight for total, weight in zip(self.orders, left)]
        self.units = [total * weight for total, weight in zip(self.units, left)]
        self.squares = [total * weight for total, weight in zip(self.squares, left)]
        self.minute = minute


def fading(age_minutes: float) -> tuple[float, float, float]:
    """What is left of a sum after a time, at each half-life. One power gives all three, as each squares the next."""
    slow = exp2(-age_minutes / (HALF_LIVES_DAYS[2] * MINUTES_A_DAY))
    middle = slow * slow
    return middle * middle, middle, slow
