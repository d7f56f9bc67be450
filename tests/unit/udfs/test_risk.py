"""The risk answers as any sound model must, and its formulas are what they say."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from udfs.calibration import Calibration
from udfs.combined import MINUTE_MS, Inbound, MinuteTotals
from udfs.demand import Demand
from udfs.operational_time import DAY_MS, HOUR_MS, WeekProfile
from udfs.passage import FOREVER, DemandLaw, days_until
from udfs.risk import HORIZON_MS, REACH_MS, demand_law, demand_reaches, forecast, probabilities
from udfs.risk_parameters import RiskParameters

NOW_MINUTE = 29_000_000
NOW_MS = NOW_MINUTE * MINUTE_MS
# the incomplete beta function is right to about this much
NOISE = 1e-9
THE_LAW_ALONE = RiskParameters(calibration=Calibration())
Z_OF_10_PERCENT = float(stats.norm.ppf(0.1))

stocks = st.integers(1, 2000)
inbounds = st.builds(
    Inbound,
    st.just(NOW_MINUTE),
    st.integers(1, 500),
    st.integers(NOW_MINUTE - 1000, NOW_MINUTE + 30 * 1440),
)
laws = st.builds(DemandLaw, st.floats(0.01, 500), st.floats(0, 50), st.floats(0.1, 1000))
laws_of_a_known_pace = st.builds(DemandLaw, st.floats(0.05, 500), st.floats(0, 5), st.floats(1, 1000))
parameters = st.builds(
    RiskParameters,
    profile=st.lists(st.floats(0, 5), min_size=24, max_size=24)
    .filter(lambda pace: sum(pace) > 1)
    .map(lambda pace: WeekProfile(pace * 7)),
)


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    """A SKU that was first seen up to 40 days ago, and sold now and then."""
    sales = draw(st.lists(st.tuples(st.integers(0, 40 * 1440), st.integers(1, 40)), min_size=1, max_size=20))
    return sold(sorted(((NOW_MINUTE - ago, qty) for ago, qty in sales)))


def sold(sales: Sequence[tuple[int, int]]) -> Demand:
    demand = Demand()
    for minute, qty in sales:
        totals = MinuteTotals(minute, delta=-qty, orders=1, units=qty, squares=qty * qty)
        demand.apply(totals, True, WeekProfile.flat())
    return demand


def by_expected(orders: Sequence[Inbound]) -> list[Inbound]:
    return sorted(orders, key=lambda order: order.expected)


@given(stocks, stocks, demands(), st.lists(inbounds, max_size=4), parameters)
def test_more_stock_never_raises_the_risk_nor_brings_it_forward(
    one: int, other: int, demand: Demand, orders: list[Inbound], given_parameters: RiskParameters
) -> None:
    less, more = (
        forecast(stock, demand, by_expected(orders), NOW_MS, given_parameters)
        for stock in sorted((one, other))
    )
    assert more.probability <= less.probability + NOISE
    assert less.oos_ms is not None or more.oos_ms is None
    assert more.oos_ms is None or less.oos_ms is None or more.oos_ms >= less.oos_ms


@given(
    stocks, demands(), st.lists(inbounds, max_size=4), parameters, st.integers(1, 100), st.integers(1, 100)
)
def test_a_longer_horizon_never_lowers_the_risk(
    stock: int, demand: Demand, orders: list[Inbound], given_parameters: RiskParameters, one: int, other: int
) -> None:
    shorter, longer = (
        forecast(stock, demand, by_expected(orders), NOW_MS, given_parameters, hours * HOUR_MS)
        for hours in sorted((one, other))
    )
    assert longer.probability >= shorter.probability - NOISE


@given(stocks, demands(), st.lists(inbounds, max_size=3), inbounds, parameters)
def test_an_inbound_order_never_raises_the_risk(
    stock: int, demand: Demand, orders: list[Inbound], another: Inbound, given_parameters: RiskParameters
) -> None:
    without = forecast(stock, demand, by_expected(orders), NOW_MS, given_parameters)
    with_it = forecast(stock, demand, by_expected([*orders, another]), NOW_MS, given_parameters)
    assert with_it.probability <= without.probability + NOISE


@given(st.integers(-5, 2000), demands(), st.lists(inbounds, max_size=4), parameters)
def test_the_answers_fit_each_other(
    stock: int, demand: Demand, orders: list[Inbound], given_parameters: RiskParameters
) -> None:
    risk = forecast(stock, demand, by_expected(orders), NOW_MS, given_parameters)
    assert 0 <= risk.probability <= 1
    assert risk.velocity > 0
    runs_out_within = risk.oos_ms is not None and risk.oos_ms <= NOW_MS + HORIZON_MS
    assert runs_out_within == (risk.probability >= 0.5)
    told = [at_ms for at_ms in (risk.earliest_ms, risk.oos_ms, risk.latest_ms) if at_ms is not None]
    assert told == sorted(told)
    assert all(NOW_MS <= at_ms <= NOW_MS + REACH_MS for at_ms in told)
    # who does not tell a time does not tell a later one
    assert (risk.earliest_ms, risk.oos_ms, risk.latest_ms)[: len(told)] == tuple(told)


@given(st.integers(-5, 2000), demands(), st.lists(inbounds, max_size=4), parameters)
def test_several_horizons_agree_with_one_and_rise(
    stock: int, demand: Demand, orders: list[Inbound], given_parameters: RiskParameters
) -> None:
    horizons_ms = [6 * HOUR_MS, 12 * HOUR_MS, HORIZON_MS, 48 * HOUR_MS]
    several = probabilities(stock, demand, by_expected(orders), NOW_MS, given_parameters, horizons_ms)
    assert all(later >= sooner - NOISE for sooner, later in zip(several, several[1:]))
    assert several[2] == forecast(stock, demand, by_expected(orders), NOW_MS, given_parameters).probability


def test_the_probability_decides_on_which_side_of_the_horizon_the_median_lies() -> None:
    # for the last unit the approximate median is a little late
    demand = sold([(NOW_MINUTE - 1440 * days, 1) for days in range(20, -1, -1)])
    median_ms = forecast(1, demand, [], NOW_MS, THE_LAW_ALONE).oos_ms
    assert median_ms is not None
    horizon_ms = median_ms - 1 - NOW_MS
    risk = forecast(1, demand, [], NOW_MS, THE_LAW_ALONE, horizon_ms)
    assert 0.5 <= risk.probability < 0.52
    assert risk.oos_ms == NOW_MS + horizon_ms


@pytest.mark.parametrize("stock", [0, -3])
def test_an_empty_shelf_is_out_now(stock: int) -> None:
    risk = forecast(stock, sold([(NOW_MINUTE, 1)]), [], NOW_MS, RiskParameters())
    assert risk[:4] == (1.0, NOW_MS, NOW_MS, NOW_MS)


def test_a_new_sku_that_never_sold_is_at_little_risk() -> None:
    never_sold = Demand(minute=NOW_MINUTE)
    risk = forecast(10, never_sold, [], NOW_MS, RiskParameters())
    assert risk.probability < 0.1
    assert risk.oos_ms is None


def test_the_risk_follows_stock_and_pace() -> None:
    one_an_hour = sold([(NOW_MINUTE - 60 * hours, 1) for hours in range(24 * 30, -1, -1)])
    risks = [forecast(stock, one_an_hour, [], NOW_MS, RiskParameters()) for stock in (3, 24, 60)]
    assert risks[0].probability > 0.99
    assert 0.3 < risks[1].probability < 0.7
    assert risks[2].probability < 0.01
    hours = [(risk.oos_ms - NOW_MS) / HOUR_MS for risk in risks if risk.oos_ms is not None]
    assert hours == pytest.approx([2.7, 24, 60], rel=0.1)


def test_goods_due_in_time_take_the_risk_away_and_late_ones_do_not() -> None:
    one_an_hour = sold([(NOW_MINUTE - 60 * hours, 1) for hours in range(24 * 30, -1, -1)])
    due_in = [
        forecast(
            12, one_an_hour, [Inbound(0, 200, NOW_MINUTE + 60 * hours)], NOW_MS, RiskParameters()
        ).probability
        for hours in (2, 12, 23, 30)
    ]
    assert due_in[0] < 0.002 < due_in[1] < due_in[2] < due_in[3]


def test_overdue_goods_are_not_counted_on() -> None:
    one_an_hour = sold([(NOW_MINUTE - 60 * hours, 1) for hours in range(24 * 30, -1, -1)])
    overdue = [Inbound(0, 200, NOW_MINUTE - 60)]
    assert forecast(12, one_an_hour, overdue, NOW_MS, RiskParameters()).probability > 0.99


def test_a_clock_behind_the_newest_event_is_taken_as_its_time() -> None:
    demand = sold([(NOW_MINUTE, 1)])
    behind, level = (
        forecast(5, demand, [], at_ms, RiskParameters()).velocity for at_ms in (NOW_MS - DAY_MS, NOW_MS)
    )
    assert behind == level


def test_cancellations_beyond_the_orders_known_leave_the_priors() -> None:
    cancelled = Demand(NOW_MINUTE, ((-3.0, -9.0, -27.0, 0.0),) * 3)
    never_sold = Demand(NOW_MINUTE)
    assert demand_law(cancelled.sums, RiskParameters()) == demand_law(never_sold.sums, RiskParameters())


def test_the_law_has_the_mean_and_variance_of_the_mixture_of_the_half_lives() -> None:
    demand = Demand(NOW_MINUTE, ((9.0, 20.0, 70.0, 2.0), (12.0, 22.0, 75.0, 6.0), (15.0, 40.0, 90.0, 12.0)))
    weights, days = (0.5, 0.3, 0.2), 1.7
    given_parameters = RiskParameters(weights=weights)
    mean, square = 0.0, 0.0
    for weight, (orders, units, squares, exposure) in zip(weights, demand.sums):
        orders, units, exposure = orders + 0.1, units + 0.1, exposure + 0.5
        squares += 0.4 * (units / orders) ** 2
        mean_here = units / exposure * days
        mean += weight * mean_here
        square += weight * (
            orders / exposure * days * squares / orders + mean_here**2 / orders + mean_here**2
        )
    law = demand_law(demand.sums, given_parameters)
    assert law.pace * days == pytest.approx(mean)
    variance = law.pace * days * (1 + law.clumping + law.pace * days / law.certainty)
    assert variance == pytest.approx(square - mean**2)


@given(laws, st.integers(1, 500), st.floats(0.01, 28))
def test_demand_is_negative_binomial(law: DemandLaw, units: int, days: float) -> None:
    mean = law.pace * days
    variance = mean * (1 + law.clumping + mean / law.certainty)
    expected = stats.nbinom.sf(units - 1, mean**2 / (variance - mean), mean / variance)
    assert demand_reaches(units, days, law) == pytest.approx(expected, abs=1e-9)


def test_demand_is_about_that_of_orders_of_several_units_at_an_uncertain_rate() -> None:
    random = np.random.default_rng(7)
    law, days = DemandLaw(pace=6.0, clumping=2.0, certainty=20.0), 2.0
    # orders of 1 and of 4 units: mean square over mean is 3, so clumping is 2
    units_an_order, mean_units = np.array([1, 4]), 2.0
    rates = random.gamma(law.certainty, law.pace / mean_units * days / law.certainty, 200_000)
    demand = (random.poisson(rates[:, None] * [2 / 3, 1 / 3]) * units_an_order).sum(axis=1)
    for units in (1, 6, 12, 20, 30):
        simulated = float((demand >= units).mean())
        assert demand_reaches(units, days, law) == pytest.approx(simulated, abs=0.02)


@given(laws_of_a_known_pace, st.integers(10, 2000), st.sampled_from([Z_OF_10_PERCENT, 0.0, -Z_OF_10_PERCENT]))
def test_the_times_told_have_about_the_chance_that_they_are_told_with(
    law: DemandLaw, units: int, z: float
) -> None:
    (days,) = days_until(units, law, [z])
    assert demand_reaches(units, days, law) == pytest.approx(stats.norm.cdf(z), abs=0.04)


@given(laws_of_a_known_pace, st.integers(10, 2000), st.sampled_from([Z_OF_10_PERCENT, 0.0, -Z_OF_10_PERCENT]))
def test_the_times_told_are_about_those_of_the_exact_law(law: DemandLaw, units: int, z: float) -> None:
    (days,) = days_until(units, law, [z])
    exact = optimize.brentq(
        lambda one: demand_reaches(units, one, law) - stats.norm.cdf(z), days / 100, days * 100
    )
    assert days == pytest.approx(exact, rel=0.2)


@given(st.floats(0.01, 0.49), st.floats(0, 5), st.integers(1, 100), st.floats(0.01, 10))
def test_a_pace_that_may_be_next_to_nothing_is_never_out_now(
    certainty: float, clumping: float, units: int, pace: float
) -> None:
    times = days_until(units, DemandLaw(pace, clumping, certainty), [Z_OF_10_PERCENT, 0.0, -Z_OF_10_PERCENT])
    assert 0 < times[0] < times[1] < times[2]


def test_where_a_sale_may_never_come_it_is_for_ever() -> None:
    assert days_until(5, DemandLaw(1.0, 0.0, 0.5), [5.0]) == [FOREVER]


@given(st.integers(1, 500), st.integers(0, 60))
def test_what_never_sold_in_weeks_is_not_out_soon(stock: int, days_in_stock: int) -> None:
    exposure = float(days_in_stock + 14)
    never_sold = Demand(
        NOW_MINUTE,
        ((0.0, 0.0, 0.0, min(exposure, 5.7)), (0.0, 0.0, 0.0, exposure), (0.0, 0.0, 0.0, exposure)),
    )
    risk = forecast(stock, never_sold, [], NOW_MS, RiskParameters())
    assert risk.probability < 0.1
    assert risk.earliest_ms is None or risk.earliest_ms > NOW_MS + HORIZON_MS


def test_the_level_of_the_shop_raises_the_pace_and_nothing_else() -> None:
    sums = sold([(NOW_MINUTE - 60 * hours, 2) for hours in range(200, -1, -1)]).sums
    usual, doubled = demand_law(sums, RiskParameters()), demand_law(sums, RiskParameters(level=2.0))
    assert doubled == (2 * usual.pace, usual.clumping, usual.certainty)


@pytest.mark.parametrize(
    "wrong",
    [
        {"orders_prior": 0.0},
        {"exposure_prior_days": float("nan")},
        {"weights": (0.5, 0.6, -0.1)},
        {"weights": (1, 1, 1)},
        {"level": 0.0},
        {"levels": (1.0,)},
    ],
)
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        RiskParameters(**wrong)  # type: ignore[arg-type]  # wrong on purpose
