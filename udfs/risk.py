"""When a SKU runs out: the probability within a horizon, and when, from stock, demand and inbound orders.

Orders arrive at a rate of operational time and each takes some units: a compound Poisson process whose rate is itself
uncertain. Demand over a window is then about negative binomial (Snyder, Ord and Beaumont 2012, "Forecasting the
intermittent demand for slow-moving inventories", International Journal of Forecasting 28), and the chance that it
reaches the stock is a regularised incomplete beta function. Read as a function of the window's length it is the
distribution of the first passage to an empty shelf (Pury 2025, arXiv:2511.12397).

For faded orders N, units U, squares Q and exposure E (priors of `RiskParameters` added to each)::

    rate l = N / E      units an order m1 = U / N      squares an order m2 = Q / N
    over operational days W:  mean = l W m1      variance = l W m2 + mean^2 / N

Each half-life gives such a law. They are taken together by the mean and the variance of their weighted mixture, which
scores as the mixture does and costs a third. What the law says is then corrected by the tenant's `Calibration`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import cython_special

from udfs.calibration import scaled_logit, weekday
from udfs.combined import MINUTE_MS, Inbound
from udfs.demand import Demand, Sums
from udfs.operational_time import DAY_MS, WeekProfile
from udfs.passage import DemandLaw, Passage, days_until, passage
from udfs.risk_parameters import RiskParameters, Weights

# the plain function: a sixth of the cost of the ufunc of the same name
_incomplete_beta = cython_special.betainc["double"]

HORIZON_MS = DAY_MS
REACH_MS = 28 * DAY_MS
"""A time beyond this is not told: demand is not known that far ahead."""
_REACH_DAYS = REACH_MS / DAY_MS + 7
"""Operational days that are beyond `REACH_MS` by any profile."""


class Risk(NamedTuple):
    """The answer. ``velocity`` is expected demand in units per 24 operational hours."""

    probability: float
    oos_ms: int | None
    """The time by which it has run out as likely as not. This and the next two are None beyond `REACH_MS`."""
    earliest_ms: int | None
    """The time by which it has run out with a chance of 10 %."""
    latest_ms: int | None
    """The time by which it has run out with a chance of 90 %."""
    velocity: float


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
    profile = parameters.profile
    sums = demand.at(now_ms / MINUTE_MS, stock > 0, profile)
    law = demand_law(sums, parameters.weights, parameters)
    if stock <= 0:
        return Risk(1.0, now_ms, now_ms, now_ms, law.pace)
    day = weekday(now_ms)
    horizon_end_ms = now_ms + horizon_ms
    now = profile.position(now_ms)
    cut = stages(stock, inbound, now_ms, now_ms + max(REACH_MS, horizon_ms))
    raw = _reaches_by(horizon_end_ms, cut, now, law, profile)
    probability = parameters.calibration.probability(scaled_logit(raw), day)
    quantiles = parameters.quantiles[day]
    passages = [(end_ms, passage(units, law)) for end_ms, units in cut]
    earliest_ms = _passage_ms(passages, now_ms, now, profile, quantiles.earliest)
    oos_ms = _passage_ms(passages, now_ms, now, profile, quantiles.middle)
    latest_ms = _passage_ms(passages, now_ms, now, profile, quantiles.latest)
    # the times are found by an approximation, the probability decides on which side of the horizon the middle lies
    if probability >= 0.5:
        if oos_ms is None or oos_ms > horizon_end_ms:
            oos_ms = horizon_end_ms
        if earliest_ms is None or earliest_ms > oos_ms:
            earliest_ms = oos_ms
    elif oos_ms is not None and oos_ms <= horizon_end_ms:
        oos_ms = horizon_end_ms + 1
        if latest_ms is not None and latest_ms < oos_ms:
            latest_ms = oos_ms
    return Risk(probability, oos_ms, earliest_ms, latest_ms, law.pace)


def probabilities(
    stock: int,
    demand: Demand,
    inbound: Sequence[Inbound],
    now_ms: int,
    parameters: RiskParameters,
    horizons_ms: Sequence[int],
) -> list[float]:
    """The probability of running out within each of several horizons, from one state; never falling as they grow."""
    if stock <= 0:
        return [1.0] * len(horizons_ms)
    profile = parameters.profile
    sums = demand.at(now_ms / MINUTE_MS, True, profile)
    law = demand_law(sums, parameters.weights, parameters)
    cut = stages(stock, inbound, now_ms, now_ms + max(horizons_ms))
    now, day = profile.position(now_ms), weekday(now_ms)
    raw = (_reaches_by(now_ms + horizon_ms, cut, now, law, profile) for horizon_ms in horizons_ms)
    return [parameters.calibration.probability(scaled_logit(one), day) for one in raw]


def raw_logits(
    stock: int,
    demand: Demand,
    inbound: Sequence[Inbound],
    now_ms: int,
    parameters: RiskParameters,
    memories: Sequence[Weights],
) -> list[float]:
    """What the law says before calibration, as `scaled_logit`, by each of some weights; for ``stock > 0``."""
    profile = parameters.profile
    sums = demand.at(now_ms / MINUTE_MS, True, profile)
    cut = stages(stock, inbound, now_ms, now_ms + HORIZON_MS)
    now = profile.position(now_ms)
    laws = (demand_law(sums, weights, parameters) for weights in memories)
    return [scaled_logit(_reaches_by(now_ms + HORIZON_MS, cut, now, law, profile)) for law in laws]


def demand_law(sums: Sequence[Sums], weights: Weights, parameters: RiskParameters) -> DemandLaw:
    """The law of demand from the sums at each half-life."""
    orders_prior, exposure_prior = parameters.orders_prior, parameters.exposure_prior_days
    units_prior, squares_prior = parameters.units_prior, parameters.squares_prior
    mean = mean_of_squares = clumps = 0.0
    for (orders, units, squares, exposure), weight in zip(sums, weights):
        # cancellations can take a sum below 0
        orders = orders + orders_prior if orders > 0 else orders_prior
        units = units + units_prior if units > 0 else units_prior
        pace = units / (exposure + exposure_prior)
        weighted = weight * pace
        mean += weighted
        mean_of_squares += weighted * pace * (1 + 1 / orders)
        # squares a unit; the prior's are of the mean units an order
        clumps += weighted * (
            (squares if squares > 0 else 0.0) / units + squares_prior * units / orders / orders
        )
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


def _reaches_by(end_ms: int, cut: Sequence[Stage], now: float, law: DemandLaw, profile: WeekProfile) -> float:
    """The law's chance that the shelf is empty by then; ``now`` is the position of this moment."""
    probability = 0.0
    for stage_end_ms, units in cut:
        until_ms = end_ms if stage_end_ms > end_ms else stage_end_ms
        reached = demand_reaches(units, profile.position(until_ms) - now, law)
        if reached > probability:
            probability = reached
        if stage_end_ms >= end_ms:
            break
    return probability


def _passage_ms(
    passages: Sequence[tuple[int, Passage]], now_ms: int, now: float, profile: WeekProfile, z: float
) -> int | None:
    """When the law's chance of an empty shelf is that of the normal quantile ``z``; None beyond `REACH_MS`.

    ``passages`` are those of each stage, with its end.
    """
    begin_ms = now_ms + 1
    for end_ms, through in passages:
        days = days_until(through, z)
        if days < _REACH_DAYS:
            at_ms = profile.moment(now + days)
            if at_ms <= end_ms:
                return max(at_ms, begin_ms) if at_ms <= now_ms + REACH_MS else None
        begin_ms = end_ms
    return None
