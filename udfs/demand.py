"""How fast one SKU sells in one warehouse: sums over past sales that fade with age, at three half-lives.

A sum is linear in its sales: one of age *a* counts ``0.5 ** (a / half_life)``, whenever it is heard of. So a late sale
adds exactly what it would have added in time. Beside the sales stands the exposure: the operational time in which they
could happen, faded alike. Time with an empty shelf is no exposure, so running out does not look like falling demand.

Exposure follows the newest event minute, with the stock as known then. A late event that changes what the stock had
been does not revise it; that is an approximation of at most the time by which the event was late.
"""

from dataclasses import dataclass
from math import exp2, log

from udfs.combined import MINUTE_MS, MinuteTotals
from udfs.operational_time import WeekProfile

HALF_LIVES_DAYS = (4, 16, 64)
"""Each four times the one before, which `fading` relies on."""
MINUTES_A_DAY = 1440

_SLOWEST_MINUTES = HALF_LIVES_DAYS[2] * MINUTES_A_DAY
_LN2 = log(2)
_WHOLE = (1.0, 1.0, 1.0)

Sums = tuple[float, float, float, float]
"""At one half-life: orders, units, squares of the units of each order, and exposure in operational days."""

NOTHING: Sums = (0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class Demand:
    """Faded sums as of the newest event minute, one for each of `HALF_LIVES_DAYS`.

    They are net of cancellations, and a cancellation counts by its own age: a sum may fall a little below 0.
    """

    minute: int | None = None
    """The epoch minute that the sums are as of; None before any event."""
    sums: tuple[Sums, Sums, Sums] = (NOTHING, NOTHING, NOTHING)

    def apply(self, totals: MinuteTotals, in_stock: bool, profile: WeekProfile) -> None:
        """Take the sales of one event minute in; ``in_stock`` tells whether the shelf held anything up to it."""
        minute, orders, units, squares = totals.minute, totals.orders, totals.units, totals.squares
        if self.minute is None:
            self.minute = minute
        elif minute > self.minute:
            self.sums = self.at(minute, in_stock, profile)
            self.minute = minute
        if orders or units:
            (n4, u4, q4, e4), (n16, u16, q16, e16), (n64, u64, q64, e64) = self.sums
            fast, middle, slow = fading(self.minute - minute) if minute < self.minute else _WHOLE
            self.sums = (
                (n4 + fast * orders, u4 + fast * units, q4 + fast * squares, e4),
                (n16 + middle * orders, u16 + middle * units, q16 + middle * squares, e16),
                (n64 + slow * orders, u64 + slow * units, q64 + slow * squares, e64),
            )

    def at(self, minute: float, in_stock: bool, profile: WeekProfile) -> tuple[Sums, Sums, Sums]:
        """The sums as they are at a later minute without any event until then. Raises ``ValueError`` before any event."""
        if self.minute is None:
            raise ValueError("Demand is not known before the first event.")
        if minute <= self.minute:
            return self.sums
        exposed = 0.0
        if in_stock:
            exposed = profile.position(round(minute * MINUTE_MS)) - profile.position(self.minute * MINUTE_MS)
        return self.faded(minute - self.minute, exposed)

    def faded(self, age: float, exposed: float) -> tuple[Sums, Sums, Sums]:
        """The sums after ``age > 0`` minutes without an event, of which ``exposed`` operational days were in stock."""
        (n4, u4, q4, e4), (n16, u16, q16, e16), (n64, u64, q64, e64) = self.sums
        fast, middle, slow = fading(age)
        # times the mean of the weights over that time, (1 - left) / (ln 2 * age / half_life): exact for an even pace.
        # Here for the slowest; a half-life a fourth as long has a fourth of it
        exposed *= _SLOWEST_MINUTES / (_LN2 * age)
        return (
            (n4 * fast, u4 * fast, q4 * fast, e4 * fast + exposed / 16 * (1 - fast)),
            (n16 * middle, u16 * middle, q16 * middle, e16 * middle + exposed / 4 * (1 - middle)),
            (n64 * slow, u64 * slow, q64 * slow, e64 * slow + exposed * (1 - slow)),
        )


def fading(age_minutes: float) -> tuple[float, float, float]:
    """What is left of a sum after a time, at each half-life. One power gives all: each is the next one's fourth power."""
    slow = exp2(-age_minutes / _SLOWEST_MINUTES)
    root = slow * slow
    middle = root * root
    root = middle * middle
    return root * root, middle, slow
