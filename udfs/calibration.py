"""From what the demand law says to what really happens: a curve that is learned, one for each day of the week.

With *r* the law's probability and ``x = logit(r) / 4``, cut at ``logit = +-9``::

    logit(p) = bias[weekday] + slope x + curve x^2

Slope 4 with nothing else leaves the law as it is. A slope below 4 says that the law is too sure of itself, the curve
lifts the far tail (what never sold so much in a day may do so tomorrow), a weekday's bias is what the profile of the
hours missed. The curve is read the other way round, too: `quantile` tells how sure the law must be for the truth to be
a given probability, which is what the times of running out are made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from statistics import NormalDist

from udfs.operational_time import DAY_MS

WEEKDAYS = 7
MOST_LOGIT = 9.0
MOST_COEFFICIENT = 50.0
"""Beyond, a probability is 0 or 1 for all that a label can tell."""
SCALE = 4.0
"""Brings the logit to about one, so that one learning rate fits all coefficients."""
_MOST_X = MOST_LOGIT / SCALE
_LEAST = 1 / (1 + exp(MOST_LOGIT))
_MOST = 1 - _LEAST
# 1970-01-01 was a Thursday; weekdays begin on Monday
_FIRST_WEEKDAY = 3
_EARLY, _MIDDLE, _LATE = (log(share / (1 - share)) for share in (0.1, 0.5, 0.9))


Quantiles = tuple[float, float, float]
"""Normal quantiles of the law at which the calibrated chance of having run out is 10, 50 and 90 %."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curve. ``bias`` is by weekday from Monday, in logits. Raises ``ValueError`` where it would fall anywhere."""

    slope: float = SCALE
    curve: float = 0.0
    bias: tuple[float, ...] = (0.0,) * WEEKDAYS

    def __post_init__(self) -> None:
        values = (self.slope, self.curve, *self.bias)
        if len(self.bias) != WEEKDAYS or not all(-inf < value < inf for value in values):
            raise ValueError(f"A calibration is a slope, a curve and {WEEKDAYS} biases, all finite.")
        if max(map(abs, values)) > MOST_COEFFICIENT:
            raise ValueError(f"No coefficient of a calibration lies beyond {MOST_COEFFICIENT:.0f}.")
        if self.slope <= 2 * abs(self.curve) * _MOST_X:
            raise ValueError("A calibration must rise from end to end: slope > 4.5 |curve|.")

    def probability(self, x: float, weekday: int) -> float:
        """The calibrated probability of a law's ``x`` (see `scaled_logit`)."""
        return 1 / (1 + exp(-(self.bias[weekday] + (self.slope + self.curve * x) * x)))

    def quantiles(self) -> tuple[Quantiles, ...]:
        """Where the law stands when the truth is 10, 50 and 90 %, by weekday."""
        return tuple(
            (
                self._law_quantile(_EARLY - bias),
                self._law_quantile(_MIDDLE - bias),
                self._law_quantile(_LATE - bias),
            )
            for bias in self.bias
        )

    def _law_quantile(self, logit: float) -> float:
        x = min(_MOST_X, max(-_MOST_X, self._solved(logit)))
        return NormalDist().inv_cdf(1 / (1 + exp(-SCALE * x)))

    def _solved(self, logit: float) -> float:
        """``x`` with ``slope x + curve x^2 = logit`` on the rising branch; its end where none is reached."""
        inside = self.slope * self.slope + 4 * self.curve * logit
        if inside <= 0:
            return inf if logit > 0 else -inf
        # the form that does not cancel for a small curve
        return 2 * logit / (self.slope + sqrt(inside))


def rising(slope: float, curve: float, bias: Sequence[float]) -> Calibration:
    """The nearest curve that rises: what is learned from few labels may bend back in a tail that none of them saw."""
    slope = min(max(slope, 0.25), MOST_COEFFICIENT)
    bias = [min(MOST_COEFFICIENT, max(-MOST_COEFFICIENT, one)) for one in bias]
    most = 0.95 * slope / (2 * _MOST_X)
    return Calibration(slope, min(most, max(-most, curve)), tuple(bias))


def scaled_logit(probability: float) -> float:
    """The ``x`` of a law's probability, from -2.25 to 2.25."""
    if probability <= _LEAST:
        return -_MOST_X
    if probability >= _MOST:
        return _MOST_X
    return log(probability / (1 - probability)) / SCALE


def weekday(ms: int) -> int:
    """The UTC day of the week of a moment in epoch milliseconds, 0 for Monday."""
    return (ms // DAY_MS + _FIRST_WEEKDAY) % WEEKDAYS
