"""Whether things happen as often as they are said to."""

from math import sqrt
from typing import NamedTuple

import numpy as np

from backtest.answers import Floats
from backtest.event_columns import Bools
from backtest.scores import NAN

EDGES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Of the bins: a bin holds what is above its lower edge, up to its upper; the first also 0."""
Z_95 = 1.959963984540054
"""Normal quantile of a two-sided interval of 95 %."""


class Bin(NamedTuple):
    """The points whose probability falls into a range; the last four are NaN where there is none."""

    above: float
    up_to: float
    points: int
    ran_out: int
    said: float
    """Mean probability."""
    happened: float
    """Share that ran out."""
    low: float
    high: float
    """Ends of the 95 % interval of that share."""


def reliability(p: Floats, y: Bools) -> list[Bin]:
    """A bin for each range of `EDGES`."""
    number = np.maximum(np.searchsorted(EDGES, p, side="left") - 1, 0)
    bins = []
    for place, (above, up_to) in enumerate(zip(EDGES, EDGES[1:])):
        inside = number == place
        points, ran_out = int(inside.sum()), int(y[inside].sum())
        if points:
            low, high = wilson(ran_out, points)
            bins.append(
                Bin(above, up_to, points, ran_out, float(p[inside].mean()), ran_out / points, low, high)
            )
        else:
            bins.append(Bin(above, up_to, 0, 0, NAN, NAN, NAN, NAN))
    return bins


def wilson(hits: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22), for ``of >= 1``."""
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    # exactly 0 or 1 at the ends, where rounding may step over
    return (0.0 if hits == 0 else middle - reach, 1.0 if hits == of else middle + reach)
