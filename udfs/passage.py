"""When the shelf runs empty: quantiles of the first passage, in closed form.

The demand that empties a shelf of *s* units, each order taking several, is about a gamma variable of shape
``n = (s + 2/3 clumping) / (1 + clumping)`` and scale ``1 + clumping``: mean and variance of the compound Poisson process
seen the other way round, with the third that makes its median right. The rate is a gamma variable of shape
``certainty``. So the expected demand at the time of running out is ``(1 + clumping) n`` times an F variable, whose cube
root is about normal (Wilson and Hilferty 1931; for the ratio, Paulson 1942, "An approximate normalization of the analysis
of variance distribution", Annals of Mathematical Statistics 13).
"""

from collections.abc import Iterable
from math import erfc, exp, log, sqrt
from typing import NamedTuple

_LEAST_CERTAINTY = 0.5
"""Below, the cube root of the rate is not near normal."""


FOREVER = 1e6
"""Operational days beyond all reach."""


class DemandLaw(NamedTuple):
    """Demand over W operational days: ``mean = pace W`` and ``variance = mean (1 + clumping + mean / certainty)``."""

    pace: float
    clumping: float
    certainty: float


def days_until(units: int, law: DemandLaw, quantiles: Iterable[float]) -> list[float]:
    """Operational days after which ``units >= 1`` are sold, with the chance of each normal quantile.

    `FOREVER` where the rate may well be next to nothing.
    """
    pace, clumping, certainty = law
    shape = (units + 2 / 3 * clumping) / (1 + clumping)
    days = (1 + clumping) * shape / pace
    if certainty < _LEAST_CERTAINTY:
        return [days * _days_of_the_first_unit(certainty, z) for z in quantiles]
    # means and variances of the two cube roots
    of_units, of_rate = 1 / (9 * shape), 1 / (9 * certainty)
    mean_units, mean_rate = 1 - of_units, 1 - of_rate
    mean, certain = mean_units * mean_rate, mean_rate * mean_rate
    spread, shared = mean_units * mean_units * of_rate + certain * of_units, of_units * of_rate
    found = []
    for z in quantiles:
        square = z * z
        below = certain - square * of_rate
        if below <= 1e-6:
            found.append(FOREVER if z > 0 else 0.0)
            continue
        inside = spread - square * shared
        root = (mean + z * sqrt(inside if inside > 0 else 0.0)) / below
        found.append(min(FOREVER, days * root * root * root) if root > 0 else 0.0)
    return found


def _days_of_the_first_unit(certainty: float, z: float) -> float:
    """Exact for one unit without clumping, and right to a factor of two for more: so little is known of such a rate."""
    still_there = erfc(z / sqrt(2)) / 2
    return certainty * (exp(min(100.0, -log(max(still_there, 1e-300)) / certainty)) - 1)
