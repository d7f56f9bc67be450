"""How a tenant sells now against what its SKUs remember: one number for all of them.

When a campaign or a feast doubles the sales of a whole shop, each SKU alone would take days to be sure of it, but all
together show it within hours. The level is the orders of the last hours over those that the SKUs' own memories expected
of the same time in stock (see `udfs.step_orders`).

Trade is never even, and to follow each of its moods makes answers worse. So the level is 1 until the tenant has clearly
left what its SKUs remember. Then the whole of it counts, until the memories have caught up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log

from udfs.risk_parameters import MEMORIES
from udfs.snapshots import HORIZON_STEPS
from udfs.step_orders import StepOrders

HALF_LIFE_STEPS = 2.0
"""Of what counts as now."""
SEEN_STEPS = 16
"""Older ones have faded."""
PRIOR_ORDERS = 100.0
"""Orders as expected that are added to those seen, so that a small shop's luck is no level."""
AWAY, BACK, APART = log(1.25), log(1.1), log(1.2)
"""How far from 1 a level must be to count; how near again to count no more; how far two are apart that differ."""
LEAST, MOST = 1 / 3, 3.0

Levels = tuple[float, ...]
"""By each of `MEMORIES`."""
AS_REMEMBERED: Levels = (1.0,) * len(MEMORIES)


@dataclass(slots=True)
class Level:
    """The orders of a tenant's newest steps, and the levels that followed from them."""

    steps: dict[int, list[float]] = field(default_factory=dict)
    """By grid hour, of its step: the orders, and those expected by each of `MEMORIES`."""
    told: dict[int, Levels] = field(default_factory=dict)
    """The levels by which was foretold at a grid hour; the newest comes last."""

    @property
    def newest(self) -> Levels:
        """The levels to foretell by now."""
        return self.told[max(self.told)] if self.told else AS_REMEMBERED

    def add(self, steps: Iterable[StepOrders]) -> None:
        """Take the orders of single SKUs in, in any order."""
        for grid, orders, short, even in steps:
            sums = self.steps.get(grid)
            if sums is None:
                self.steps[grid] = [orders, short, even]
            else:
                sums[0] += orders
                sums[1] += short
                sums[2] += even

    def settle(self, grid: int) -> None:
        """Say that all before a grid hour is known; once it was said of a later one, nothing changes."""
        settled = max(self.told, default=grid - 1)
        for each in range(max(settled + 1, grid - SEEN_STEPS), grid + 1):
            self.told[each] = tuple(map(_counting, self._ratios(each), self.newest))
        newest = max(settled, grid)
        self.told = {each: levels for each, levels in self.told.items() if each > newest - SEEN_STEPS}
        self.steps = {each: orders for each, orders in self.steps.items() if each >= newest - 2 * SEEN_STEPS}

    def changed_after(self, grid: int) -> bool:
        """Whether the tenant sold otherwise in the day after a grid hour than was foretold at it."""
        then, since = self.told.get(grid, AS_REMEMBERED), self._ratios(grid + HORIZON_STEPS)
        return any(
            abs(log(ratio / level)) > (AWAY if level == 1 else APART) for ratio, level in zip(since, then)
        )

    def _ratios(self, grid: int) -> Levels:
        """Orders seen over orders expected in the steps before a grid hour, the last weighing most."""
        seen, *expected = [PRIOR_ORDERS] * (1 + len(MEMORIES))
        for age in range(SEEN_STEPS):
            step = self.steps.get(grid - 1 - age)
            if step is not None:
                weight = 0.5 ** (age / HALF_LIFE_STEPS)
                seen += weight * step[0]
                expected = [so_far + weight * one for so_far, one in zip(expected, step[1:])]
        # of a small shop more may have been cancelled than was ordered
        return tuple(round(min(MOST, max(LEAST, seen / max(one, 1.0))), 4) for one in expected)


def _counting(ratio: float, before: float) -> float:
    """The level of a ratio, after that of the step before."""
    return ratio if abs(log(ratio)) > (AWAY if before == 1 else BACK) else 1.0
