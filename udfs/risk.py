"""When a SKU runs out: the probability within a horizon, and the median time, from stock, demand and inbound orders.

Orders arrive at a rate of operational time and each takes some units: a compound Poisson process whose rate is itself
uncertain. Demand over a window is then about negative binomial (Snyder, Ord and Beaumont 2012, "Forecasting the
intermittent demand for slow-moving inventories", International Journal of Forecasting 28), and the chance that it
reaches the stock is a regularised incomplete beta function. Read as a function of the window's length it is the
distribution of the first passage to an empty shelf (Pury 2025, arXiv:2511.12397).

For faded orders N, units U, squares Q and exposure E (priors of `RiskParameters` added to each)::

    rate l = N / E      units an order m1 = U / N      squares an order m2 = Q / N
    over operational days W:  mean = l W m1      variance = l W m2 + mean^2 / N

Each half-life gives one such law; the answer is their weighted mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log

from scipy.special import cython_special

from udfs.combined import MINUTE_MS, Inbound
from udfs.demand import Demand, fading
from udfs.operational_time import DAY_MS, WeekProfile

# the plain function: a sixth of the cost of the ufunc of the same name
_incomplete_beta = cython_special.betainc["double"]

HORIZON_MS = DAY_MS
REACH_MS = 28 * DAY_MS
"""A median time beyond this is not told: demand is not known that far ahead."""
MEDIAN = 0.5
MOST_EVALUATIONS = 12
CLOSE_ENOUGH = 0.005
"""Of the probability at the median found."""


@dataclass(frozen=True, slots=True)
class RiskParameters:
    """What the model knows before it sees a SKU; learned versions replace it as a whole."""

    model_version: str = "negative-binomial-1"
    orders_prior: float = 0.1
    exposure_prior_days: float = 0.5
    units_prior: float = 0.1
    squares_prior: float = 0.2
    """In squares of the mean units an order."""
    weights: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)
    """Of the half-lives; their sum is 1."""
    profile: WeekProfile = field(default_factory=WeekProfile.flat)


@dataclass(frozen=True, slots=True)
class Risk:
    """The answer. ``velocity`` is expected demand in units per 24 operational hours."""

    probability: float
    oos_ms: int | None
    velocity: float


@dataclass(frozen=True, slots=True)
class DemandLaw:
    """Demand at one half-life: over W operational days ``mean = pace W``, ``variance = mean (1 + clumping + mean / certainty)``."""

    pace: float
    clumping: float
    certainty: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A time in which nothing arrives: where it ends, and how many units sold since now would have emptied the shelf."""

    end_ms: int
    units: int


def forecast(
    stock: int,
    demand: Demand,
    inbound: Sequence[Inbound],
    now_ms: int,
    parameters: RiskParameters,
    horizon_ms: int = HORIZON_MS,
) -> Risk:
    """The risk as of ``now_ms``. ``inbound`` is in order of expected arrival; what is overdue is taken as not coming.

    An inbound order raises the units to be sold from its arrival on. The shelf runs empty when demand has reached the
    stock just before an arrival or at the end. Those events nearly contain each other, so the largest of their
    probabilities stands for all: never too high, and never raised by one more order.
    """
    laws = demand_laws(demand, stock > 0, now_ms, parameters)
    velocity = sum(weight * law.pace for weight, law in zip(parameters.weights, laws))
    if stock <= 0:
        return Risk(1.0, now_ms, velocity)
    horizon_end_ms = now_ms + horizon_ms
    profile, weights = parameters.profile, parameters.weights
    probability, oos_ms, begin_ms, begin_days = 0.0, None, now_ms, 0.0
    for stage in stages(stock, inbound, now_ms, horizon_end_ms):
        if oos_ms is not None and stage.end_ms > horizon_end_ms:
            break
        end_days = profile.days_between(now_ms, stage.end_ms)
        reached = demand_reaches(stage.units, end_days, laws, weights)
        if stage.end_ms <= horizon_end_ms:
            probability = max(probability, reached)
        if oos_ms is None and reached >= MEDIAN:
            days = _median_days(stage.units, begin_days, end_days, laws, weights)
            oos_ms = min(max(profile.after(now_ms, days), begin_ms + 1), stage.end_ms)
        begin_ms, begin_days = stage.end_ms, end_days
    return Risk(probability, oos_ms, velocity)


def demand_laws(demand: Demand, in_stock: bool, now_ms: int, parameters: RiskParameters) -> list[DemandLaw]:
    """The law of demand at each half-life, as of ``now_ms``, or as of the newest event where clocks run ahead."""
    if demand.minute is None:
        raise ValueError("Demand is not known before the first event.")
    minute = max(now_ms / MINUTE_MS, demand.minute)
    left = fading(minute - demand.minute)
    exposures = demand.exposure_at(minute, in_stock, parameters.profile)
    laws = []
    for i, fade in enumerate(left):
        orders = max(0.0, demand.orders[i] * fade) + parameters.orders_prior
        units = max(0.0, demand.units[i] * fade) + parameters.units_prior
        mean_units = units / orders
        squares = max(0.0, demand.squares[i] * fade) + parameters.squares_prior * mean_units**2
        pace = units / (exposures[i] + parameters.exposure_prior_days)
        laws.append(DemandLaw(pace, max(0.0, squares / units - 1), orders))
    return laws


def stages(stock: int, inbound: Sequence[Inbound], now_ms: int, horizon_end_ms: int) -> list[Stage]:
    """The time to `REACH_MS`, cut at each arrival and at the end of the horizon."""
    reach_end_ms = max(now_ms + REACH_MS, horizon_end_ms)
    cut: list[Stage] = []
    units = stock
    for order in inbound:
        arrival_ms = order.expected * MINUTE_MS
        if now_ms < arrival_ms <= reach_end_ms:
            if horizon_end_ms < arrival_ms and (not cut or cut[-1].end_ms < horizon_end_ms):
                cut.append(Stage(horizon_end_ms, units))
            cut.append(Stage(arrival_ms, units))
            units += order.qty
    if not cut or cut[-1].end_ms < horizon_end_ms:
        cut.append(Stage(horizon_end_ms, units))
    cut.append(Stage(reach_end_ms, units))
    return cut


def demand_reaches(units: int, days: float, laws: Sequence[DemandLaw], weights: Sequence[float]) -> float:
    """Probability that demand over so many operational days comes to ``units`` or more, for ``units >= 1``."""
    if days <= 0:
        return 0.0
    total = 0.0
    for law, weight in zip(laws, weights):
        mean = law.pace * days
        excess = law.clumping + mean / law.certainty
        total += weight * _incomplete_beta(units, mean / excess, excess / (1 + excess))
    return min(1.0, total)


def _median_days(
    units: int, low: float, high: float, laws: Sequence[DemandLaw], weights: Sequence[float]
) -> float:
    """Operational days in ``(low, high]`` by which `demand_reaches` comes to one half, to `CLOSE_ENOUGH`.

    Secant steps in the logarithm of time from the time that the mean demand needs; where one leaves the bracket, the
    bracket is halved.
    """
    days = units / sum(weight * law.pace for weight, law in zip(weights, laws))
    last_days, last_gap = 0.0, 0.0
    for _ in range(MOST_EVALUATIONS):
        if not low < days < high:
            days = (low + high) / 2
        gap = demand_reaches(units, days, laws, weights) - MEDIAN
        if abs(gap) <= CLOSE_ENOUGH:
            break
        low, high = (days, high) if gap < 0 else (low, days)
        # the chance rises by about a third of the relative change of time until two points tell better
        slope = (gap - last_gap) / log(days / last_days) if last_days else 1.0
        last_days, last_gap = days, gap
        days *= exp(-gap / slope) if slope > 0 else 1.0
    return days
