"""When the labels of a grid hour are complete, and which orders are known by then."""

from hypothesis import given
from hypothesis import strategies as st

from jobs.event_clock import LATE_MINUTES
from jobs.learner_function import orders_known_before, settled_grid
from udfs.combined import MINUTE_MS
from udfs.learner import GRID_MS
from udfs.operational_time import HOUR_MS

REFRESH_MS = 15 * MINUTE_MS
GRID = 80_000
DAY_OVER_MS = (GRID + 4) * GRID_MS


def test_a_day_a_refresh_and_the_way_after_it() -> None:
    settled_ms = DAY_OVER_MS + REFRESH_MS + (LATE_MINUTES + 2) * MINUTE_MS
    assert settled_grid(settled_ms, REFRESH_MS) == GRID
    assert settled_grid(settled_ms - 1, REFRESH_MS) == GRID - 1


@given(st.integers(0, 10**13), st.integers(1, 10**7))
def test_no_grid_hour_settles_before_its_day_is_over(now_ms: int, refresh_ms: int) -> None:
    grid = settled_grid(now_ms, refresh_ms)
    assert (grid + 4) * GRID_MS + refresh_ms < now_ms


def test_orders_of_the_day_after_a_grid_hour_are_known_with_its_labels() -> None:
    assert orders_known_before(GRID) == DAY_OVER_MS // HOUR_MS
