"""One SKU from its rows to what is told of it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.udfs.histories import FIRST_MS, stock_events

from schemas.encoding import decoder, encoder
from udfs.alert_rules import AlertRule
from udfs.combined import EventKind, StockEvent, combine
from udfs.operational_time import HOUR_MS
from udfs.quiet_hours import QuietHours
from udfs.risk_parameters import RiskParameters
from udfs.sku_risk import Assessment, assess, fold
from udfs.sku_state import SkuState, pack, unpack

KEY = "0b6a0a52-8f4e-4f0e-9d55-2f6f3a5b8c11|apples|north"
PARAMETERS = RiskParameters()
NOW_MS = FIRST_MS + 31 * 24 * HOUR_MS


def event(kind: EventKind, qty: int, hours: float = 0, expected_hours: float | None = None) -> StockEvent:
    occurred_ms = FIRST_MS + int(hours * HOUR_MS)
    expected_ms = None if expected_hours is None else FIRST_MS + int(expected_hours * HOUR_MS)
    return StockEvent(kind, qty, occurred_ms, occurred_ms, expected_ms)


def state_after(*log: StockEvent) -> SkuState:
    state = SkuState()
    fold(state, combine(log), PARAMETERS)
    return state


def one_an_hour(stock_left: int) -> SkuState:
    """Counted, sold one an hour for a month, and so many left."""
    hours = 30 * 24
    sales = [event(EventKind.ORDER_CREATED, 1, hour) for hour in range(1, hours)]
    return state_after(event(EventKind.STOCK_COUNTED, hours - 1 + stock_left), *sales)


def at(state: SkuState, now_ms: int, threshold: float = 0.7) -> Assessment:
    return assess(state, KEY, now_ms, PARAMETERS, AlertRule(threshold))


def test_three_left_at_one_an_hour_is_an_alert() -> None:
    state = one_an_hour(3)
    now_ms = FIRST_MS + 30 * 24 * HOUR_MS
    told = assess(state, KEY, now_ms, PARAMETERS, AlertRule(0.7), received_ms=now_ms - 800)
    assert told.prediction is not None and told.alert is not None
    assert told.prediction["probability"] > 0.95
    assert told.prediction["velocity"] == pytest.approx(24, rel=0.05)
    assert told.prediction["stock"] == 3
    assert told.prediction["predicted_oos_at"] - now_ms == pytest.approx(2.7 * HOUR_MS, rel=0.15)
    assert told.prediction["received_at"] == now_ms - 800
    assert told.prediction["alert_since"] == told.alert["raised_at"] == now_ms
    assert told.alert["change"] == "raised"


def test_the_alert_ends_when_goods_arrive() -> None:
    state = one_an_hour(3)
    raised = at(state, NOW_MS)
    fold(state, combine([event(EventKind.STOCK_RECEIVED, 500, 31 * 24)]), PARAMETERS)
    resolved = at(state, NOW_MS + HOUR_MS)
    assert raised.alert is not None and resolved.alert is not None and resolved.prediction is not None
    assert resolved.alert["change"] == "resolved"
    assert resolved.alert["alert_id"] == raised.alert["alert_id"]
    assert resolved.prediction["alert_since"] is None


def test_an_alert_speaks_of_its_horizon_and_a_prediction_of_a_day() -> None:
    told = {
        hours: assess(one_an_hour(15), KEY, NOW_MS, PARAMETERS, AlertRule(0.0, hours))
        for hours in (6, 24, 48)
    }
    chances = [each.chance or 0.0 for each in told.values()]
    assert chances[0] < 0.1 < 0.5 < chances[1] < chances[2]
    for hours, each in told.items():
        assert each.prediction is not None and each.alert is not None
        assert (each.alert["probability"], each.alert["horizon_hours"]) == (each.chance, hours)
        assert each.prediction["probability"] == told[24].chance


def test_in_quiet_hours_an_alert_is_raised_and_people_are_told_later() -> None:
    hour = (NOW_MS // HOUR_MS) % 24
    quiet = QuietHours(hour * 60, (hour + 1) % 24 * 60, "UTC")
    told = assess(one_an_hour(3), KEY, NOW_MS, PARAMETERS, AlertRule(0.7, 24, quiet)).alert
    assert told is not None
    assert (told["change"], told["quiet_until"]) == ("raised", (NOW_MS // HOUR_MS + 1) * HOUR_MS)
    assert at(one_an_hour(3), NOW_MS).alert == {**told, "quiet_until": None}


def test_a_suppressed_sku_has_predictions_and_no_alert() -> None:
    state, rule = one_an_hour(3), AlertRule(0.7)
    told = assess(state, KEY, NOW_MS, PARAMETERS, rule, suppressed=True)
    assert told.prediction is not None and told.prediction["probability"] > 0.95
    assert (told.alert, told.prediction["alert_since"]) == (None, None)
    assert at(state, NOW_MS + 1).alert is not None
    resolved = assess(state, KEY, NOW_MS + 2, PARAMETERS, rule, suppressed=True).alert
    assert resolved is not None and (resolved["change"], resolved["threshold"]) == ("resolved", 0.7)


def test_announced_goods_lower_the_risk_until_they_are_received() -> None:
    state = one_an_hour(12)
    alone = at(state, NOW_MS).prediction
    inbound = event(EventKind.STOCK_INBOUND, 500, 30 * 24, expected_hours=31 * 24 + 3)
    fold(state, combine([inbound]), PARAMETERS)
    announced = at(state, NOW_MS).prediction
    fold(state, combine([event(EventKind.STOCK_RECEIVED, 500, 31 * 24 + 3)]), PARAMETERS)
    assert alone is not None and announced is not None
    assert announced["probability"] < alone["probability"] / 10
    assert state.inbound.outstanding == []
    assert state.ledger.stock == 512


def test_quiet_time_lowers_the_pace() -> None:
    state = one_an_hour(24)
    soon, later = at(state, NOW_MS).prediction, at(state, NOW_MS + 10 * 24 * HOUR_MS).prediction
    assert soon is not None and later is not None
    assert later["velocity"] < soon["velocity"]
    assert later["probability"] < soon["probability"]


def test_sales_that_the_ledger_cannot_explain_are_sales_of_a_shelf_that_held_something() -> None:
    hours = 30 * 24
    sales = [event(EventKind.ORDER_CREATED, 1, hour) for hour in range(1, hours)]
    state = state_after(event(EventKind.STOCK_COUNTED, 10), *sales)
    told = at(state, NOW_MS).prediction
    assert told is not None and told["stock"] < 0
    assert told["velocity"] == pytest.approx(24, rel=0.05)


def test_time_out_of_stock_does_not_look_like_falling_demand() -> None:
    sales = [event(EventKind.ORDER_CREATED, 1, hour) for hour in range(1, 241)]
    out_for_ten_days = [event(EventKind.STOCK_RECEIVED, 50, 480), event(EventKind.ORDER_CREATED, 1, 480.1)]
    state = state_after(event(EventKind.STOCK_COUNTED, 240), *sales, *out_for_ten_days)
    told = at(state, FIRST_MS + int(480.1 * HOUR_MS)).prediction
    assert told is not None and told["velocity"] == pytest.approx(24, rel=0.2)


def test_nothing_is_said_of_a_stock_that_is_not_known() -> None:
    state = state_after(event(EventKind.ORDER_CREATED, 1))
    assert at(state, NOW_MS) == Assessment()
    assert state == state_after(event(EventKind.ORDER_CREATED, 1))


def test_the_first_count_makes_it_known() -> None:
    state = state_after(event(EventKind.ORDER_CREATED, 1), event(EventKind.STOCK_COUNTED, 30, 1))
    told = at(state, NOW_MS).prediction
    assert told is not None and told["stock"] == 30


def test_what_was_predicted_once_is_followed_on_though_an_older_sale_turns_up() -> None:
    state = state_after(event(EventKind.STOCK_RECEIVED, 30, 5))
    assert at(state, NOW_MS).prediction is not None
    fold(state, combine([event(EventKind.ORDER_CREATED, 2, 1)]), PARAMETERS)
    told = at(state, NOW_MS + 1).prediction
    assert told is not None and told["stock"] == 28


def test_each_prediction_of_a_key_is_newer_than_the_last_whatever_the_clock_does() -> None:
    state = one_an_hour(24)
    predictions = [at(state, now_ms).prediction for now_ms in (NOW_MS, NOW_MS, NOW_MS - HOUR_MS, NOW_MS + 1)]
    updates = [prediction["updated_at"] for prediction in predictions if prediction is not None]
    assert updates == [NOW_MS, NOW_MS + 1, NOW_MS + 2, NOW_MS + 3]


rules = st.builds(
    AlertRule,
    st.floats(0, 1),
    st.sampled_from([6, 12, 24, 48]),
    st.none() | st.just(QuietHours(22 * 60, 6 * 60, "Europe/Berlin")),
)


@given(st.lists(stock_events(), min_size=1), st.integers(0, 10**9), rules)
def test_records_fit_their_contracts(log: list[StockEvent], wait_ms: int, rule: AlertRule) -> None:
    told = assess(state_after(*log), KEY, FIRST_MS + wait_ms, PARAMETERS, rule)
    for name, record in (("prediction", told.prediction), ("alert", told.alert)):
        if record is not None:
            read = decoder(name)(encoder(name)(record))
            assert read.keys() == record.keys()
            assert (read["sku"], read["warehouse"]) == ("apples", "north")


@given(st.lists(stock_events(), min_size=1), st.lists(st.integers(0, 10**8), max_size=5))
def test_looking_does_not_change_what_is_known(log: list[StockEvent], looks: list[int]) -> None:
    looked_at, left_alone = state_after(*log), state_after(*log)
    for wait_ms in looks:
        at(looked_at, FIRST_MS + wait_ms)
    assert (looked_at.ledger, looked_at.demand, looked_at.inbound) == (
        left_alone.ledger,
        left_alone.demand,
        left_alone.inbound,
    )


@given(st.lists(st.lists(stock_events(), min_size=1, max_size=10), min_size=1, max_size=6))
def test_a_replay_through_checkpoints_says_the_same(rows: Sequence[list[StockEvent]]) -> None:
    through_bytes, in_memory = SkuState(), SkuState()
    for look, log in enumerate(rows):
        through_bytes = unpack(pack(through_bytes))
        for state in (through_bytes, in_memory):
            fold(state, combine(log), PARAMETERS)
        now_ms = FIRST_MS + look * HOUR_MS
        assert at(through_bytes, now_ms) == at(in_memory, now_ms)
    assert through_bytes == in_memory
