"""The level follows a tenant that has clearly left what its SKUs remember, and nobody else."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.level import AS_REMEMBERED, LEAST, MOST, PRIOR_ORDERS, SEEN_STEPS, Level
from udfs.snapshots import HORIZON_STEPS
from udfs.step_orders import StepOrders

GRID = 80_544
MANY = 100 * PRIOR_ORDERS


def level_of(*ratios: float, expected: float = MANY) -> Level:
    """Each step sold so many times what was expected; all is settled."""
    level = Level()
    for step, ratio in enumerate(ratios):
        level.add([StepOrders(GRID + step, ratio * expected, expected, expected)])
        level.settle(GRID + step + 1)
    return level


def test_nothing_known_is_as_remembered() -> None:
    assert Level().newest == AS_REMEMBERED
    assert level_of().newest == AS_REMEMBERED


@pytest.mark.parametrize("ratio", [0.85, 1.0, 1.2])
def test_the_moods_of_trade_are_no_level(ratio: float) -> None:
    assert level_of(*[ratio] * 20).newest == AS_REMEMBERED


@pytest.mark.parametrize("ratio", [0.5, 1.4, 2.0])
def test_what_is_far_away_counts_whole(ratio: float) -> None:
    assert level_of(*[ratio] * 8).newest == pytest.approx((ratio, ratio), rel=0.02)


def test_once_it_counts_it_does_so_until_it_is_near_again() -> None:
    away = [1.5] * 4
    assert level_of(*away, *[1.15] * 12).newest == pytest.approx((1.15, 1.15), rel=0.02)
    assert level_of(*away, *[1.05] * 12).newest == AS_REMEMBERED


def test_a_small_shops_luck_is_no_level() -> None:
    assert level_of(3.0, 3.0, expected=2.0).newest == AS_REMEMBERED


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e6))
def test_a_level_stays_within_bounds(orders: float, expected: float) -> None:
    level = Level()
    level.add([StepOrders(GRID, orders, expected, expected)])
    level.settle(GRID + 1)
    assert all(round(LEAST, 4) <= one <= MOST for one in level.newest)


steps = st.lists(
    st.builds(StepOrders, st.integers(GRID, GRID + 8), *[st.integers(0, 5000).map(float)] * 3), max_size=30
)


@given(steps, st.randoms())
def test_the_order_in_which_skus_tell_is_of_no_account(told: Sequence[StepOrders], random: Random) -> None:
    shuffled = random.sample(told, len(told))
    first, second = Level(), Level()
    first.add(told)
    second.add(shuffled)
    for level in (first, second):
        level.settle(GRID + 9)
    assert first == second


def test_what_comes_after_it_was_settled_changes_nothing_that_was_told() -> None:
    level = level_of(2.0, 2.0, 2.0, 2.0)
    told = dict(level.told)
    level.add([StepOrders(GRID, 0.0, MANY, MANY)])
    level.settle(GRID + 2)
    assert level.told == told


def test_old_steps_are_forgotten() -> None:
    level = level_of(*[1.0] * 100)
    assert len(level.told) == SEEN_STEPS
    assert len(level.steps) <= 2 * SEEN_STEPS


def test_a_demand_that_changed_in_the_day_after_is_told_from_one_that_did_not() -> None:
    level = level_of(*[1.0] * 8, *[2.0] * 12)
    changed = [level.changed_after(GRID + step) for step in range(5, 20 - HORIZON_STEPS)]
    # from the day that ends with the first doubled step on, and until the doubling was foretold
    assert changed[:2] == [True, True]
    assert changed[-1] is False
