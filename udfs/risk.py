"""When a SKU runs out: the probability within a horizon, and the median time, from stock, demand and inbound orders.

Orders arrive at a rate of operational time and each takes some units: a compound Poisson process whose rate is itself
uncertain. Demand over a window is then about negative binomial (Snyder, Ord and Beaumont 2012, "Forecasting the
intermittent demand for slow-moving inventories", International Journal of Forecasting 28), and the chance that it
reaches the stock is a regularised incomplete beta function. Read as a function of the window's length it is the
distribution of the first passage to an empty shelf (Pury 2025, arXiv:2511.12397).

For faded orders N, units U, squares Q and exposure E (priors of `RiskParameters` added to each)::

    rate l = N / E      units an order m1 = U / N      squares an order m2 = Q / N
    over operational days W:  mean = l W m1      variance = l W m2 + mean^2 / N

Each half-life gives such a law. They are taken together by the mean and the variance of their weighted mixture, which
scores as the mixture does and costs a third.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp2, inf
from typing import NamedTuple

from scipy.special import cython_special

from udfs.combined import MINUTE_MS, Inbound
from udfs.demand import Demand
from udfs.operational_time import DAY_MS, WeekProfile

# the plain function: a sixth of the cost of the ufunc of the same name
_incomplete_beta = cython_special.betainc["double"]

HORIZON_MS = DAY_MS
REACH_MS = 28 * DAY_MS
"""A median time beyond this is not told: demand is not known that far ahead."""

Weights = tuple[float, float, float]
"""Of the laws at `udfs.demand.HALF_LIVES_DAYS`; their sum is 1."""


@dataclass(frozen=True, slots=True)
class RiskParameters:
    """What the model knows before it sees a SKU; learned versions replace it as a whole."""

    model_version: str = "negative-binomial-1"
    orders_prior: float = 0.1
    exposure_prior_days: float = 0.25
    units_prior: float = 0.1
    squares_prior: float = 0.4
    """In squares of the mean units an order."""
    weights: Weights = (1 / 3, 1 / 3, 1 / 3)
    profile: WeekProfile = field(default_factory=WeekProfile.flat)

    def __post_init__(self) -> None:
        priors = (self.orders_prior, self.exposure_prior_days, self.units_prior, self.squares_prior)
        if not all(0.01 <= prior < inf for prior in priors):
            raise ValueError("Each prior is a finite number of at least 0.01.")
        if min(self.weights) < 0 or abs(sum(self.weights) - 1) > 1e-6:
            raise ValueError("The weights of the half-lives are at least 0 and sum to 1.")


class Risk(NamedTuple):
    """The answer. ``velocity`` is expected demand in units per 24 operational hours."""

    probability: float
    oos_ms: int | None
    velocity: float


class DemandLaw(NamedTuple):
    """Demand over W operational days: ``mean = pace W`` and ``variance = mean (1 + clumping + mean / certainty)``."""

    pace: float
    clumping: float
    certainty: float


class Stage(NamedTuple):
    """A time in which nothing arrives: its end, and how many units sold since now would have emptied the shelf."""

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
    law = demand_law(demand, stock > 0, now_ms, parameters)
    if stock <= 0:
        return Risk(1.0, now_ms, law.pace)
    horizon_end_ms = now_ms + horizon_ms
    cut = stages(stock, inbound, now_ms, max(now_ms + REACH_MS, horizon_end_ms))
    profile = parameters.profile
    now = profile.position(now_ms)
    probability = 0.0
    for end_ms, units in cut:
        days = profile.position(min(end_ms, horizon_end_ms)) - now
        probability = max(probability, demand_reaches(units, days, law))
        if end_ms >= horizon_end_ms:
            break
    oos_ms = _median_ms(cut, now_ms, now, law, profile)
    # the median is found by an approximation, the probability decides on which side of the horizon it lies
    if probability >= 0.5:
        oos_ms = horizon_end_ms if oos_ms is None else min(oos_ms, horizon_end_ms)
    elif oos_ms is not None and oos_ms <= horizon_end_ms:
        oos_ms = horizon_end_ms + 1
    return Risk(probability, oos_ms, law.pace)


def demand_law(demand: Demand, in_stock: bool, now_ms: int, parameters: RiskParameters) -> DemandLaw:
    """The law of demand as of ``now_ms``, or as of the newest event where clocks run ahead.

    Raises ``ValueError`` where there was no event yet.
    """
    orders_prior, exposure_prior = parameters.orders_prior, parameters.exposure_prior_days
    units_prior, squares_prior = parameters.units_prior, parameters.squares_prior
    mean = mean_of_squares = clumps = 0.0
    of_half_lives = demand.at(now_ms / MINUTE_MS, in_stock, parameters.profile)
    for (orders, units, squares, exposure), weight in zip(of_half_lives, parameters.weights):
        # cancellations can take a sum below 0
        orders = orders + orders_prior if orders > 0 else orders_prior
        units = units + units_prior if units > 0 else units_prior
        units_an_order = units / orders
        squares = (squares if squares > 0 else 0.0) + squares_prior * units_an_order * units_an_order
        pace = units / (exposure + exposure_prior)
        weighted = weight * pace
        mean += weighted
        mean_of_squares += weighted * pace * (1 + 1 / orders)
        clumps += weighted * squares / units
    return DemandLaw(mean, max(0.0, clumps / mean - 1), mean * mean / (mean_of_squares - mean * mean))


def stages(stock: int, inbound: Sequence[Inbound], now_ms: int, end_ms: int) -> list[Stage]:
    """The time until ``end_ms``, cut at each arrival."""
    cut, units = [], stock
    for order in inbound:
        arrival_ms = order.expected * MINUTE_MS
        if now_ms < arrival_ms < end_ms:
            cut.append(Stage(arrival_ms, units))
            units += order.qty
    cut.append(Stage(end_ms, units))
    return cut


def demand_reaches(units: int, days: float, law: DemandLaw) -> float:
    """Probability that demand over so many operational days comes to ``units`` or more, for ``units >= 1``."""
    if days <= 0:
        return 0.0
    mean = law.pace * days
    excess = law.clumping + mean / law.certainty
    return float(_incomplete_beta(units, mean / excess, excess / (1 + excess)))


def _median_ms(
    cut: Sequence[Stage], now_ms: int, now: float, law: DemandLaw, profile: WeekProfile
) -> int | None:
    """When the shelf is about as likely empty as not; None beyond `REACH_MS`. ``now`` is the position of ``now_ms``."""
    begin_ms = now_ms + 1
    for end_ms, units in cut:
        oos_ms = profile.moment(now + median_days(units, law))
        if oos_ms <= end_ms:
            return max(oos_ms, begin_ms) if oos_ms <= now_ms + REACH_MS else None
        begin_ms = end_ms
    return None


def median_days(units: int, law: DemandLaw) -> float:
    """Operational days in which demand comes to ``units`` with a chance of about one half.

    The median of a beta distribution (a, b) is about (a - 1/3) / (a + b - 2/3) (Kerman 2011, arXiv:1111.0433). Put into
    the incomplete beta function of `demand_reaches`, that solves for the mean demand in closed form. It does not hold
    for certainty below 1, where the solution for ``units = 1`` without clumping is exact and meets it at 1.
    """
    pace, clumping, certainty = law
    if certainty >= 1:
        slack = 1 - 1 / (3 * certainty)
    else:
        # with a hundred doublings the time is beyond any reach
        slack = 2 / (3 * certainty * (exp2(min(1 / certainty, 100)) - 1))
    return (units - (1 - clumping) / 3) / (pace * slack)
