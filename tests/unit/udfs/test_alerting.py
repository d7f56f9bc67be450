"""An alert's life, step by step."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from udfs.alerting import (
    HYSTERESIS,
    REOPEN_MS,
    UPDATE_EVERY_MS,
    AlertState,
    Change,
    alert_id,
    in_force_since,
    step,
)

HOUR_MS = 3_600_000
OOS_MS = 10 * HOUR_MS
steps = st.lists(
    st.tuples(
        st.integers(1, 2 * HOUR_MS),
        st.floats(0, 1),
        st.none() | st.integers(0, 10 * HOUR_MS),
        st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    ),
    max_size=40,
)


def raised(probability: float = 0.8, now_ms: int = 0) -> AlertState:
    state, change = step(None, probability, OOS_MS, 0.7, now_ms)
    assert state is not None and change is Change.RAISED
    return state


def test_below_the_threshold_there_is_no_alert() -> None:
    assert step(None, 0.69, OOS_MS, 0.7, 0) == (None, None)


def test_at_the_threshold_it_is_raised() -> None:
    state, change = step(None, 0.7, OOS_MS, 0.7, 5)
    assert change is Change.RAISED
    assert in_force_since(state) == 5


def test_nothing_new_tells_nothing() -> None:
    state = raised()
    assert step(state, 0.81, OOS_MS, 0.7, HOUR_MS) == (state, None)


def test_a_little_below_the_threshold_it_stays() -> None:
    state, change = step(raised(), 0.7 - HYSTERESIS + 0.001, OOS_MS, 0.7, 1)
    assert change is None and in_force_since(state) == 0


def test_well_below_the_threshold_it_is_resolved() -> None:
    state, change = step(raised(), 0.6, OOS_MS, 0.7, 1)
    assert change is Change.RESOLVED
    assert in_force_since(state) is None


def test_a_raised_threshold_resolves_it() -> None:
    assert step(raised(), 0.8, OOS_MS, 0.9, 1)[1] is Change.RESOLVED


def test_one_that_is_not_wanted_is_resolved_and_goes_on_when_it_is_wanted_again() -> None:
    assert step(None, 1.0, OOS_MS, None, 0) == (None, None)
    resolved, change = step(raised(1.0), 1.0, OOS_MS, None, 1)
    assert change is Change.RESOLVED
    assert step(resolved, 1.0, OOS_MS, None, 2) == (resolved, None)
    assert step(resolved, 1.0, OOS_MS, 0.7, 3)[1] is Change.UPDATED


def test_back_within_the_window_the_same_alert_goes_on() -> None:
    resolved, _ = step(raised(), 0.1, OOS_MS, 0.7, 1000)
    state, change = step(resolved, 0.9, OOS_MS, 0.7, 1000 + REOPEN_MS)
    assert change is Change.UPDATED
    assert in_force_since(state) == 0


def test_back_after_the_window_it_is_another_alert() -> None:
    resolved, _ = step(raised(), 0.1, OOS_MS, 0.7, 1000)
    state, change = step(resolved, 0.9, OOS_MS, 0.7, 1001 + REOPEN_MS)
    assert change is Change.RAISED
    assert in_force_since(state) == 1001 + REOPEN_MS


def test_a_much_higher_probability_is_told() -> None:
    assert step(raised(), 0.95, OOS_MS, 0.7, UPDATE_EVERY_MS)[1] is Change.UPDATED


def test_hours_later_or_earlier_are_told() -> None:
    assert step(raised(), 0.8, OOS_MS - 3 * HOUR_MS, 0.7, UPDATE_EVERY_MS)[1] is Change.UPDATED
    assert step(raised(), 0.8, None, 0.7, UPDATE_EVERY_MS)[1] is Change.UPDATED


def test_updates_are_not_told_more_often_than_allowed() -> None:
    assert step(raised(), 0.95, OOS_MS, 0.7, UPDATE_EVERY_MS - 1)[1] is None


def test_a_sku_that_is_out_has_no_news_while_it_stays_out() -> None:
    state = raised(1.0)
    assert step(state, 1.0, OOS_MS + 100 * HOUR_MS, 0.7, 100 * HOUR_MS) == (state, None)


def test_an_alert_has_one_id_and_another_alert_another() -> None:
    first = alert_id("t|s|w", 1000)
    assert first == alert_id("t|s|w", 1000)
    assert UUID(first).version == 5
    assert len({first, alert_id("t|s|w", 1001), alert_id("t|s|x", 1000)}) == 3


@given(steps)
def test_a_life_is_raised_updated_resolved_and_no_change_is_told_twice(
    sequence: list[tuple[int, float, int | None, float]]
) -> None:
    state: AlertState | None = None
    now_ms, told, in_force = 0, set[tuple[int, Change, int]](), False
    for wait_ms, probability, oos_ms, threshold in sequence:
        now_ms += wait_ms
        before = state
        state, change = step(state, probability, oos_ms, threshold, now_ms)
        if probability >= threshold:
            assert in_force_since(state) is not None
        if change is None:
            assert in_force == (in_force_since(state) is not None)
            continue
        assert state is not None and (state.since_ms, change, now_ms) not in told
        told.add((state.since_ms, change, now_ms))
        match change:
            case Change.RAISED:
                assert not in_force and probability >= threshold and state.since_ms == now_ms
            case Change.UPDATED:
                assert before is not None and before.since_ms == state.since_ms
                assert in_force == (not before.resolved)
                assert before.resolved or now_ms - before.told_ms >= UPDATE_EVERY_MS
            case Change.RESOLVED:
                assert in_force and probability < threshold
        in_force = change is not Change.RESOLVED
