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

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scipy.special import cython_special

from udfs.calibration import Quantiles, scaled_logit, weekday
from udfs.combined import MINUTE_MS, Inbound
from udfs.demand import Demand, Sums
from udfs.operational_time import DAY_MS, WeekProfile
from udfs.passage import DemandLaw, days_until
from udfs.risk_parameters import MEMORIES, RiskParameters, Weights

# the plain function: a sixth of the cost of the ufunc of the same name
_incomplete_beta = cython_special.betainc["double"]

HORIZON_MS = DAY_MS
REACH_MS = 28 * DAY_MS
"""A time beyond this is not told: demand is not known that far ahead."""
_REACH_DAYS = REACH_MS / DAY_MS + 7
"""Operational days that are beyond `REACH_MS` by any profile."""


Moments = tuple[float, float, float]


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


class Foretold(NamedTuple):
    """Before calibration: scaled logits by each of `MEMORIES`, and the sums of demand that they were made from."""

    logits: tuple[float, float]
    sums: tuple[Sums, Sums, Sums]


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
    now = profile.position(now_ms)
    law = demand_law(_sums_at(now_ms, now, stock > 0, demand, profile), parameters)
    if stock <= 0:
        return Risk(1.0, now_ms, now_ms, now_ms, law.pace)
    day = weekday(now_ms)
    horizon_end_ms = now_ms + horizon_ms
    cut = stages(stock, inbound, now_ms, now_ms + max(REACH_MS, horizon_ms))
    raw = _reaches(_windows(horizon_end_ms, cut, now, profile), law)
    probability = parameters.calibration.probability(scaled_logit(raw), day)
    times = _times(cut, now_ms, now, law, profile, parameters.quantiles[day])
    return Risk(probability, *_told(probability, times, horizon_end_ms), law.pace)


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
    now, day = profile.position(now_ms), weekday(now_ms)
    law = demand_law(_sums_at(now_ms, now, True, demand, profile), parameters)
    cut = stages(stock, inbound, now_ms, now_ms + max(horizons_ms))
    raw = (_reaches(_windows(now_ms + horizon_ms, cut, now, profile), law) for horizon_ms in horizons_ms)
    return [parameters.calibration.probability(scaled_logit(one), day) for one in raw]


def foretell(
    stock: int, demand: Demand, inbound: Sequence[Inbound], now_ms: int, parameters: RiskParameters
) -> Foretold:
    """What the law alone says of the next 24 hours, for ``stock > 0``."""
    profile = parameters.profile
    now = profile.position(now_ms)
    sums = _sums_at(now_ms, now, True, demand, profile)
    found = moments(sums, parameters)
    end_ms = now_ms + HORIZON_MS
    windows = _windows(end_ms, stages(stock, inbound, now_ms, end_ms), now, profile)
    short, even = [
        scaled_logit(_reaches(windows, mixed(found, weights, level)))
        for weights, level in zip(MEMORIES, parameters.levels)
    ]
    return Foretold((short, even), sums)


def moments(sums: Iterable[Sums], parameters: RiskParameters) -> tuple[Moments, Moments, Moments]:
    """Of the pace at each half-life: its mean, its mean square, and units times units an order."""
    orders_prior, exposure_prior = parameters.orders_prior, parameters.exposure_prior_days
    units_prior, squares_prior = parameters.units_prior, parameters.squares_prior
    found = []
    for orders, units, squares, exposure in sums:
        # cancellations can take a sum below 0
        orders = orders + orders_prior if orders > 0 else orders_prior
        units = units + units_prior if units > 0 else units_prior
        pace = units / (exposure + exposure_prior)
        # the prior's squares are of the mean units an order
        clump = (squares if squares > 0 else 0.0) / units + squares_prior * units / (orders * orders)
        found.append((pace, pace * pace * (1 + 1 / orders), pace * clump))
    fast, middle, slow = found
    return fast, middle, slow


def mixed(of_half_lives: tuple[Moments, Moments, Moments], weights: Weights, level: float = 1.0) -> DemandLaw:
    """The law with the mean, times ``level``, and the variance of the weighted mixture of the half-lives."""
    fast, middle, slow = weights
    (pace, square, clump), (pace_2, square_2, clump_2), (pace_3, square_3, clump_3) = of_half_lives
    mean = fast * pace + middle * pace_2 + slow * pace_3
    mean_of_squares = fast * square + middle * square_2 + slow * square_3
    clumping = (fast * clump + middle * clump_2 + slow * clump_3) / mean - 1
    certainty = mean * mean / (mean_of_squares - mean * mean)
    return DemandLaw(mean * level, clumping if clumping > 0 else 0.0, certainty)


def demand_law(sums: Iterable[Sums], parameters: RiskParameters) -> DemandLaw:
    """The law of demand from the sums at each half-life."""
    return mixed(moments(sums, parameters), parameters.weights, parameters.level)


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
    chance: float = _incomplete_beta(units, mean / excess, excess / (1 + excess))
    return chance


def _windows(end_ms: int, cut: Sequence[Stage], now: float, profile: WeekProfile) -> list[tuple[int, float]]:
    """What empties the shelf by then: units sold, and the operational days in which they would have to be.

    ``now`` is the position of this moment.
    """
    windows = []
    for stage_end_ms, units in cut:
        until_ms = end_ms if stage_end_ms > end_ms else stage_end_ms
        windows.append((units, profile.position(until_ms) - now))
        if stage_end_ms >= end_ms:
            break
    return windows


def _reaches(windows: Sequence[tuple[int, float]], law: DemandLaw) -> float:
    """The law's chance that the shelf is empty by the end of the windows."""
    probability = 0.0
    for units, days in windows:
        reached = demand_reaches(units, days, law)
        if reached > probability:
            probability = reached
    return probability


def _sums_at(
    now_ms: int, now: float, in_stock: bool, demand: Demand, profile: WeekProfile
) -> tuple[Sums, Sums, Sums]:
    """The sums as of ``now_ms``, or as of the newest event where clocks run ahead; ``now`` is its position."""
    if demand.minute is None:
        raise ValueError("Demand is not known before the first event.")
    then_ms = demand.minute * MINUTE_MS
    if now_ms <= then_ms:
        return demand.sums
    return demand.faded((now_ms - then_ms) / MINUTE_MS, now - profile.position(then_ms) if in_stock else 0.0)


def _times(
    cut: Sequence[Stage], now_ms: int, now: float, law: DemandLaw, profile: WeekProfile, quantiles: Quantiles
) -> list[int | None]:
    """When the law's chance of an empty shelf is that of each quantile; None beyond `REACH_MS`."""
    begin_ms, reach_ms = now_ms + 1, now_ms + REACH_MS
    waiting = [(0, quantiles[0]), (1, quantiles[1]), (2, quantiles[2])]
    found: list[int | None] = [None, None, None]
    for end_ms, units in cut:
        later = []
        for (place, z), days in zip(waiting, days_until(units, law, [z for _, z in waiting])):
            at_ms = profile.moment(now + days) if days < _REACH_DAYS else end_ms + 1
            if at_ms > end_ms:
                later.append((place, z))
            elif at_ms <= reach_ms:
                found[place] = at_ms if at_ms > begin_ms else begin_ms
        if not later:
            break
        waiting, begin_ms = later, end_ms
    return found


def _told(
    probability: float, times: Sequence[int | None], horizon_end_ms: int
) -> tuple[int | None, int | None, int | None]:
    """The middle, the earliest and the latest time to tell.

    They are found by an approximation; the probability decides on which side of the horizon the middle lies.
    """
    earliest_ms, oos_ms, latest_ms = times
    if probability >= 0.5:
        if oos_ms is None or oos_ms > horizon_end_ms:
            oos_ms = horizon_end_ms
        if earliest_ms is None or earliest_ms > oos_ms:
            earliest_ms = oos_ms
    elif oos_ms is not None and oos_ms <= horizon_end_ms:
        oos_ms = horizon_end_ms + 1
        if latest_ms is not None and latest_ms < oos_ms:
            latest_ms = oos_ms
    return oos_ms, earliest_ms, latest_ms
