"""The hours of the week are learned from orders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.operational_time import HOURS
from udfs.week_orders import HALF_LIFE_HOURS, WeekOrders

A_MONDAY = 96 + HOURS * 2900
"""Hours since 1970; the first Monday was 96 hours in."""


def orders_of(weeks: int, orders: int, opens: int = 8, closes: int = 20) -> list[tuple[int, int]]:
    """So many an hour while a shop is open, which is closed on Sundays."""
    return [
        (A_MONDAY + hour, orders if opens <= hour % 24 < closes and hour % HOURS < 144 else 0)
        for hour in range(weeks * HOURS)
    ]


def learned(orders: list[tuple[int, int]]) -> WeekOrders:
    week = WeekOrders()
    week.add(orders)
    return week


def test_opening_hours_are_learned() -> None:
    pace = np.array(learned(orders_of(6, 100)).profile().pace)
    is_open = np.array([orders > 0 for _, orders in orders_of(1, 1)])
    assert pace[is_open] == pytest.approx(np.full(72, HOURS / 72), rel=0.15)
    assert pace[~is_open].max() < 0.3


def test_a_first_week_that_is_not_over_says_nothing_of_the_days_to_come() -> None:
    pace = np.array(learned([(A_MONDAY + hour, 200) for hour in range(48)]).profile().pace)
    assert pace == pytest.approx(np.ones(HOURS), rel=0.1)


@given(st.permutations(orders_of(2, 7)[:60]))
def test_the_order_of_arrival_does_not_matter(orders: list[tuple[int, int]]) -> None:
    in_time = learned(sorted(orders))
    assert learned(orders).counts == pytest.approx(in_time.counts)


def test_few_orders_leave_the_week_near_even() -> None:
    pace = np.array(learned([(A_MONDAY + hour, int(hour == 12)) for hour in range(HOURS)]).profile().pace)
    assert pace == pytest.approx(np.ones(HOURS), rel=0.1)


@pytest.mark.parametrize("orders", [[], [(A_MONDAY, -3)]])
def test_without_orders_the_week_is_even(orders: list[tuple[int, int]]) -> None:
    assert learned(orders).profile().pace == (1.0,) * HOURS


def test_after_a_half_life_half_is_left() -> None:
    week = learned([(A_MONDAY, 80), (A_MONDAY + HALF_LIFE_HOURS, 0)])
    assert week.counts[0] == pytest.approx(40)


def test_a_change_of_opening_hours_is_followed() -> None:
    week = learned(orders_of(8, 100))
    later = [(hour + 8 * HOURS, orders) for hour, orders in orders_of(12, 100, opens=14, closes=22)]
    week.add(later)
    pace = week.profile().pace
    assert pace[9] < 0.5 < 1.5 < pace[21]
