"""Whether a SKU sells as its own memory expects: its orders of one grid step, beside those that were to be expected.

Only time with goods on the shelf counts, on both sides. So an empty shelf is not taken for a falling demand, and a shop
whose quick sellers are empty is not taken for one that sells slowly.
"""

from math import exp2
from struct import Struct
from typing import NamedTuple, Self

from udfs.demand import HALF_LIVES_DAYS, MINUTES_A_DAY, Sums
from udfs.grid import GRID_MINUTES
from udfs.risk_parameters import MEMORIES

LEAST_EXPOSURE_DAYS = 0.5
"""Operational time in stock without which a pace is a guess."""

_PACKED = Struct("<i3d")
_LEFT = exp2(-GRID_MINUTES / MINUTES_A_DAY / HALF_LIVES_DAYS[-1])
"""What is left of the slowest sums after one step."""
_SHORT, _EVEN = MEMORIES


class StepOrders(NamedTuple):
    """The orders of a SKU in the step of a grid hour, and those expected by each of `MEMORIES`."""

    grid: int
    orders: float
    short: float
    even: float

    def pack(self) -> bytes:
        """As bytes, for the way to the learner."""
        return _PACKED.pack(*self)

    @classmethod
    def unpack_all(cls, packed: bytes) -> list[Self]:
        """Those that `pack` wrote, one behind the other. Raises ``struct.error`` where the last is not whole."""
        return [cls._make(one) for one in _PACKED.iter_unpack(packed)]


class Expecting(NamedTuple):
    """At a grid hour with goods on the shelf: the slowest sums, and the orders expected in an operational day."""

    orders: float
    exposure: float
    short: float
    """By the short of `MEMORIES`; the next by the even one."""
    even: float

    @classmethod
    def of(cls, sums: tuple[Sums, Sums, Sums]) -> Self | None:
        """What these sums expect; None where they are too young to tell."""
        (fast, _, _, fast_days), (middle, _, _, middle_days), (slow, _, _, slow_days) = sums
        if fast_days < LEAST_EXPOSURE_DAYS:
            return None
        fast, middle, rate = fast / fast_days, middle / middle_days, slow / slow_days
        return cls(
            slow,
            slow_days,
            _SHORT[0] * fast + _SHORT[1] * middle + _SHORT[2] * rate,
            _EVEN[0] * fast + _EVEN[1] * middle + _EVEN[2] * rate,
        )

    def turned_out(self, grid: int, sums: tuple[Sums, Sums, Sums]) -> StepOrders:
        """The step of the grid hour at which this was expected, by the sums at its end.

        An order that was heard of late counts by what it weighs in the sums now.
        """
        orders, _, _, exposure = sums[2]
        days = exposure - self.exposure * _LEFT
        return StepOrders(grid, orders - self.orders * _LEFT, self.short * days, self.even * days)
