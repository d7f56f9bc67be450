"""What a SKU sold in a step beside what its memory expected, whatever its shelf held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.combined import MINUTE_MS, EventKind, StockEvent, combine
from udfs.grid import GRID_MINUTES, STEPS_A_DAY
from udfs.lessons import Lessons
from udfs.risk_parameters import RiskParameters
from udfs.sku_risk import fold, pass_time
from udfs.sku_state import SkuState, pack, unpack
from udfs.snapshots import Label
from udfs.step_orders import StepOrders

GRID = 80_544
PARAMETERS = RiskParameters()
SETTLED_STEPS = 120 * STEPS_A_DAY
EACH_MINUTES = 36
"""Between two orders of an even SKU: ten in a step."""


def event(minute: int, kind: EventKind = EventKind.ORDER_CREATED, qty: int = 1) -> StockEvent:
    at_ms = (GRID * GRID_MINUTES + minute) * MINUTE_MS
    return StockEvent(kind, qty, at_ms, at_ms)


def settled(stock: int = 10**6) -> SkuState:
    """A SKU that sold evenly for four months, up to a grid hour."""
    state = SkuState()
    fold(state, combine([event(-SETTLED_STEPS * GRID_MINUTES, EventKind.STOCK_COUNTED, stock)]), PARAMETERS)
    for minute in range(-SETTLED_STEPS * GRID_MINUTES + 1, 0, EACH_MINUTES):
        fold(state, combine([event(minute)]), PARAMETERS)
    pass_time(state, GRID * GRID_MINUTES + 1, PARAMETERS)
    return state


def step_of(state: SkuState, *events: StockEvent) -> StepOrders:
    """What is told of the step of `GRID` at its end."""
    told: list[StepOrders] = []
    for one in events:
        told += fold(state, combine([one]), PARAMETERS).steps
    told += pass_time(state, (GRID + 1) * GRID_MINUTES + 1, PARAMETERS).steps
    (step,) = told
    return step


@pytest.fixture(scope="module")
def packed_settled() -> bytes:
    return pack(settled())


@pytest.fixture
def state(packed_settled: bytes) -> SkuState:
    return unpack(packed_settled)


@pytest.mark.parametrize("orders", [0, 10, 40])
def test_orders_beside_those_expected(state: SkuState, orders: int) -> None:
    step = step_of(state, *(event(1 + i * (GRID_MINUTES - 2) // max(1, orders)) for i in range(orders)))
    assert step.grid == GRID
    # an order counts by what it weighs at the end of the step
    assert step.orders == pytest.approx(orders, rel=0.005, abs=0.01)
    assert (step.short, step.even) == pytest.approx((10, 10), rel=0.02)


def test_an_empty_shelf_expects_nothing(state: SkuState) -> None:
    emptied = event(GRID_MINUTES // 2, EventKind.STOCK_COUNTED, 0)
    step = step_of(state, event(GRID_MINUTES // 4), emptied)
    assert step.orders == pytest.approx(1, abs=0.01)
    assert step.even == pytest.approx(5, rel=0.02)


def test_of_a_shelf_that_was_empty_at_the_grid_hour_nothing_is_told(state: SkuState) -> None:
    emptied = event(GRID_MINUTES // 2, EventKind.STOCK_COUNTED, 0)
    step_of(state, emptied)
    filled = event(GRID_MINUTES + 30, EventKind.STOCK_COUNTED, 50)
    assert fold(state, combine([filled]), PARAMETERS).steps == ()
    assert pass_time(state, (GRID + 2) * GRID_MINUTES + 1, PARAMETERS).steps == []


def test_a_new_sku_expects_nothing_yet() -> None:
    state = SkuState()
    fold(state, combine([event(-60, EventKind.STOCK_COUNTED, 50)]), PARAMETERS)
    told = pass_time(state, (GRID + 1) * GRID_MINUTES + 1, PARAMETERS).steps
    assert told == []


whole = st.integers(-(2**31), 2**31 - 1)
logits = st.integers(-9000, 9000)
numbers = st.floats(allow_nan=False)
lessons = st.builds(
    Lessons,
    st.lists(st.builds(Label, whole, st.tuples(logits, logits), st.booleans()), max_size=9),
    st.lists(st.builds(StepOrders, whole, numbers, numbers, numbers), max_size=9),
)


@given(lessons)
def test_lessons_come_back_from_their_bytes(made: Lessons) -> None:
    assert Lessons.unpack(made.pack()) == made
