"""How a tenant sells now against what its SKUs remember: one number for all of them.

When a campaign or a feast doubles the sales of a whole shop, each SKU alone would take days to be sure of it, but all
together show it within hours. The level is the tenant's pace of the last two days over the pace that the memories of its
SKUs hold, where pace is orders for each SKU on the shelf and operational day. As the memories catch up it goes back to 1.

How many SKUs were on the shelf at a grid hour is known from its labels, a day later. Until then the newest count known
stands in, so that a shop with more SKUs than last week is not taken for one that sells more of each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from udfs.demand import HALF_LIVES_DAYS
from udfs.operational_time import HOUR_MS, WeekProfile
from udfs.snapshots import GRID_MINUTES

NOW_DAYS = 2
"""Half-life of the pace that counts as now."""
PRIOR_ORDERS = 100.0
"""Orders as expected that are added to those seen, so that a small shop's luck is no level."""
LEAST, MOST = 1 / 3, 3.0
HOURS_A_STEP = GRID_MINUTES // 60
_STEPS_A_DAY = 24 // HOURS_A_STEP
_DAYS = np.array([NOW_DAYS, *HALF_LIVES_DAYS], float)
_MOST_UNSETTLED = 12


@dataclass(slots=True)
class Level:
    """Faded orders and exposure (SKUs on the shelf times operational days) of a tenant, as of the newest settled step.

    A step is the six hours after a grid hour, and bears its number.
    """

    orders: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(_DAYS)))
    exposure: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(_DAYS)))
    step: int | None = None
    on_shelf: int = 0
    """SKUs at the newest settled step."""
    unsettled: dict[int, int] = field(default_factory=dict)
    """Orders by step of which no labels are known yet."""

    def add(self, orders_in_hours: Iterable[tuple[int, int]]) -> None:
        """Take orders in, by hour since 1970, in any order."""
        for hour, orders in orders_in_hours:
            step = hour // HOURS_A_STEP
            self.unsettled[step] = self.unsettled.get(step, 0) + orders

    def settle(self, step: int, on_shelf: int, profile: WeekProfile) -> None:
        """Say how many SKUs were on the shelf at a grid hour; more may turn up for it later."""
        orders = self.unsettled.pop(step, 0)
        exposure = on_shelf * _days(step, profile)
        if self.step is None:
            self.step = step
        elif step > self.step:
            left = _left(step - self.step)
            self.orders, self.exposure, self.step = self.orders * left, self.exposure * left, step
        if step == self.step:
            self.on_shelf = on_shelf
        weight = _left(self.step - step)
        self.orders = self.orders + weight * orders
        self.exposure = self.exposure + weight * exposure
        newest = max(self.unsettled, default=step)
        self.unsettled = {one: n for one, n in self.unsettled.items() if one > newest - _MOST_UNSETTLED}

    def of(self, memories: Sequence[Sequence[float]], profile: WeekProfile) -> tuple[float, ...]:
        """The level against each of some weights of the half-lives; 1 before anything is known."""
        orders, exposure = self._up_to_now(profile)
        if exposure[0] <= 0 or exposure[-1] <= 0:
            return (1.0,) * len(memories)
        paces = orders / exposure
        expected = (float(np.dot(weights, paces[1:]) * exposure[0]) for weights in memories)
        levels = ((orders[0] + PRIOR_ORDERS) / (one + PRIOR_ORDERS) for one in expected)
        return tuple(round(float(min(MOST, max(LEAST, one))), 4) for one in levels)

    def _up_to_now(self, profile: WeekProfile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The sums with the steps since the newest settled one, but for the last, which is not over yet."""
        orders, exposure, at = self.orders, self.exposure, self.step
        if at is None:
            return orders, exposure
        for step in range(at + 1, max(self.unsettled, default=at)):
            left = _left(1)
            orders = orders * left + self.unsettled.get(step, 0)
            exposure = exposure * left + self.on_shelf * _days(step, profile)
        return np.maximum(orders, 0.0), exposure


def _left(steps: int) -> NDArray[np.float64]:
    left: NDArray[np.float64] = 0.5 ** (steps / _STEPS_A_DAY / _DAYS)
    return left


def _days(step: int, profile: WeekProfile) -> float:
    start_ms = step * HOURS_A_STEP * HOUR_MS
    return profile.position(start_ms + HOURS_A_STEP * HOUR_MS) - profile.position(start_ms)
