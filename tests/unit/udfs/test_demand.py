"""Sums fade by age and not by the order of arrival; exposure is time in stock."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.combined import MinuteTotals
from udfs.demand import HALF_LIVES_DAYS, MINUTES_A_DAY, Demand, fading
from udfs.operational_time import WeekProfile

FLAT = WeekProfile.flat()
sales = st.lists(
    st.builds(
        lambda minute, qty: MinuteTotals(minute, delta=-qty, orders=1, units=qty, squares=qty * qty),
        st.integers(29_000_000, 29_000_000 + 60 * MINUTES_A_DAY),
        st.integers(1, 50),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda totals: totals.minute,
)


def sale(minute: int, qty: int = 1) -> MinuteTotals:
    return MinuteTotals(minute, delta=-qty, orders=1, units=qty, squares=qty * qty)


def demand_of(minutes: Sequence[MinuteTotals], in_stock: bool = True) -> Demand:
    demand = Demand()
    for totals in minutes:
        demand.apply(totals, in_stock, FLAT)
    return demand


@given(st.data(), sales)
def test_sales_weigh_the_same_in_whatever_order_they_are_heard_of(
    data: st.DataObject, minutes: list[MinuteTotals]
) -> None:
    in_time = demand_of(sorted(minutes))
    late = demand_of(data.draw(st.permutations(minutes)))
    assert late.minute == in_time.minute
    for heard, happened in zip(late.sums, in_time.sums):
        assert heard[:3] == pytest.approx(happened[:3], rel=1e-9)


@given(sales)
def test_sums_are_the_faded_sums_of_all_sales(minutes: list[MinuteTotals]) -> None:
    demand = demand_of(sorted(minutes))
    newest = max(totals.minute for totals in minutes)
    for half_life, (orders, units, squares, _) in zip(HALF_LIVES_DAYS, demand.sums):
        weights = [0.5 ** ((newest - totals.minute) / MINUTES_A_DAY / half_life) for totals in minutes]
        assert orders == pytest.approx(sum(weights))
        assert units == pytest.approx(sum(w * totals.units for w, totals in zip(weights, minutes)))
        assert squares == pytest.approx(sum(w * totals.units**2 for w, totals in zip(weights, minutes)))


def test_after_a_half_life_half_is_left() -> None:
    assert fading(4 * MINUTES_A_DAY)[0] == pytest.approx(0.5)
    assert fading(16 * MINUTES_A_DAY)[1] == pytest.approx(0.5)
    assert fading(64 * MINUTES_A_DAY)[2] == pytest.approx(0.5)


def test_a_cancellation_takes_its_order_out_again() -> None:
    demand = demand_of([sale(0, 4), MinuteTotals(0, delta=4, orders=-1, units=-4, squares=-16)])
    assert all(sums[:3] == pytest.approx((0, 0, 0)) for sums in demand.sums)


def test_a_sale_every_day_in_stock_is_a_rate_of_one_a_day() -> None:
    demand = demand_of([sale(day * MINUTES_A_DAY) for day in range(700)])
    for orders, _, _, exposure in demand.sums:
        # a sale of the last minute counts whole, before any of the time after it: half a day too much
        assert (orders - 0.5) / exposure == pytest.approx(1, rel=0.01)


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=50))
def test_exposure_does_not_depend_on_how_often_it_was_looked_at(gaps: list[int]) -> None:
    minutes = [sum(gaps[:i]) for i in range(len(gaps) + 1)]
    often, once = demand_of([sale(m) for m in minutes]), demand_of([sale(minutes[0]), sale(minutes[-1])])
    assert [sums[3] for sums in often.sums] == pytest.approx([sums[3] for sums in once.sums])


def test_time_with_an_empty_shelf_is_no_exposure() -> None:
    demand = demand_of([sale(0), sale(10 * MINUTES_A_DAY)], in_stock=False)
    assert [sums[3] for sums in demand.sums] == [0, 0, 0]


def test_exposure_is_operational_time() -> None:
    opening_hours = WeekProfile([1.0 if 8 <= hour % 24 < 20 else 0.0 for hour in range(168)])
    midnight = 20_000 * MINUTES_A_DAY
    demand = Demand()
    demand.apply(sale(midnight), True, opening_hours)
    demand.apply(sale(midnight + 8 * 60), True, opening_hours)
    assert [sums[3] for sums in demand.sums] == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_late_sale_moves_no_time() -> None:
    demand = demand_of([sale(0), sale(1000)])
    exposure = [sums[3] for sums in demand.sums]
    demand.apply(sale(500), True, FLAT)
    assert demand.minute == 1000
    assert [sums[3] for sums in demand.sums] == exposure


def test_looking_ahead_changes_nothing_kept() -> None:
    demand = demand_of([sale(0), sale(1000)])
    kept = demand.sums
    ahead = demand.at(5000, True, FLAT)
    assert demand.sums == kept and demand.minute == 1000
    assert all(later[0] < now[0] and later[3] > now[3] for later, now in zip(ahead, kept))


def test_before_any_event_there_is_no_demand_to_look_at() -> None:
    with pytest.raises(ValueError, match="first event"):
        Demand().at(0, True, FLAT)
