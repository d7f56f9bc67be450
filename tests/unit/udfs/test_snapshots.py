"""What was foretold at a grid hour is a label 24 hours later, unless the model could not have known better."""

from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.udfs.histories import stock_events

from udfs.combined import MINUTE_MS, EventKind, StockEvent, combine
from udfs.grid import GRID_MINUTES
from udfs.inbound import OVERDUE_MINUTES
from udfs.lessons import NO_LESSONS, Lessons
from udfs.risk_parameters import RiskParameters
from udfs.sku_risk import fold, pass_time
from udfs.sku_state import SkuState
from udfs.snapshots import HORIZON_MINUTES, Label

PARAMETERS = RiskParameters()
GRID = 80_544
START = GRID * GRID_MINUTES
HOUR = 60
COUNT, SALE, RECEIPT, INBOUND = (
    EventKind.STOCK_COUNTED,
    EventKind.ORDER_CREATED,
    EventKind.STOCK_RECEIVED,
    EventKind.STOCK_INBOUND,
)
COUNTED_BEFORE = (-HOUR, COUNT, 10)
"""Of a SKU that is first seen an hour before the grid hour, so that it is foretold at it."""

Told = tuple[int, EventKind, int] | tuple[int, EventKind, int, int]


def event(minute: int, kind: EventKind, qty: int, expected: int | None = None) -> StockEvent:
    """Minutes are from the grid hour on."""
    at_ms = (START + minute) * MINUTE_MS
    return StockEvent(kind, qty, at_ms, at_ms, None if expected is None else (START + expected) * MINUTE_MS)


def labels_of(*log: Told, until: int = 2 * HORIZON_MINUTES) -> dict[int, bool]:
    """Which grid hours from the first on gave a label by then, as events come one by one, and whether it ran out."""
    state = SkuState()
    labels: list[Label] = []
    for one in log:
        labels += fold(state, combine([event(*one)]), PARAMETERS).labels
    labels += pass_time(state, START + until + 1, PARAMETERS).labels
    return {label.grid - GRID: label.ran_out for label in labels}


def test_a_label_comes_when_24_hours_are_over_and_no_minute_sooner() -> None:
    assert labels_of(COUNTED_BEFORE, until=HORIZON_MINUTES - 1) == {}
    assert labels_of(COUNTED_BEFORE, until=HORIZON_MINUTES) == {0: False}
    assert labels_of(COUNTED_BEFORE, until=HORIZON_MINUTES + GRID_MINUTES) == {0: False, 1: False}


@pytest.mark.parametrize(
    ("emptied", "ran_out"), [(1, True), (HORIZON_MINUTES, True), (HORIZON_MINUTES + 1, False)]
)
def test_it_ran_out_after_the_grid_hour_and_up_to_24_hours_later(emptied: int, ran_out: bool) -> None:
    assert labels_of(COUNTED_BEFORE, (emptied, SALE, 10))[0] is ran_out


def test_what_happens_at_the_grid_hour_itself_is_known_at_it() -> None:
    assert 0 not in labels_of(COUNTED_BEFORE, (0, SALE, 10))
    assert 0 in labels_of((0, COUNT, 10))


def test_goods_that_nobody_announced_censor_the_day_before_them() -> None:
    labels = labels_of(COUNTED_BEFORE, (7 * HOUR, RECEIPT, 5), until=3 * HORIZON_MINUTES)
    # those of 00 and 06 o'clock could not know of them
    assert sorted(labels) == list(range(2, 9))


def test_goods_announced_by_the_grid_hour_do_not() -> None:
    labels = labels_of(
        COUNTED_BEFORE, (-30, INBOUND, 5, 7 * HOUR), (7 * HOUR, RECEIPT, 5), until=HORIZON_MINUTES
    )
    assert labels == {0: False}


def test_goods_announced_late_censor_the_grid_hours_before_their_announcement() -> None:
    labels = labels_of(
        COUNTED_BEFORE,
        (2 * HOUR, INBOUND, 5, 20 * HOUR),
        (20 * HOUR, RECEIPT, 5),
        until=HORIZON_MINUTES + 2 * GRID_MINUTES,
    )
    assert labels == {1: False, 2: False}


def test_more_received_than_was_announced_censors() -> None:
    labels = labels_of(
        COUNTED_BEFORE, (-30, INBOUND, 5, 7 * HOUR), (7 * HOUR, RECEIPT, 6), until=HORIZON_MINUTES
    )
    assert labels == {}


@pytest.mark.parametrize(("counted", "labels"), [(11, {}), (9, {0: False}), (0, {0: True})])
def test_a_count_that_raises_the_stock_censors_and_one_that_lowers_it_does_not(
    counted: int, labels: dict[int, bool]
) -> None:
    assert labels_of(COUNTED_BEFORE, (HOUR, COUNT, counted), until=HORIZON_MINUTES) == labels


def test_nothing_is_foretold_of_an_empty_shelf() -> None:
    assert labels_of(COUNTED_BEFORE, (-30, SALE, 10)) == {}


def test_nothing_is_foretold_of_a_stock_that_nobody_knows() -> None:
    assert labels_of((-HOUR, SALE, 1), (HOUR, SALE, 1)) == {}


def test_nothing_is_foretold_after_14_quiet_days() -> None:
    labels = labels_of(COUNTED_BEFORE, until=60 * HORIZON_MINUTES)
    assert max(labels) == 14 * 4 - 1


def test_time_alone_makes_no_label_of_a_sku_never_seen() -> None:
    assert pass_time(SkuState(), START, PARAMETERS) == NO_LESSONS


@settings(max_examples=50)
@given(st.lists(stock_events(minutes=OVERDUE_MINUTES), min_size=1, max_size=30))
def test_a_row_of_days_gives_what_its_events_one_by_one_give(log: Sequence[StockEvent]) -> None:
    # in order of event minute, as the rows of a log that is read again are
    in_order = sorted(log, key=lambda one: (one.occurred_ms // MINUTE_MS, one.kind is not INBOUND))
    at_once, one_by_one = SkuState(), SkuState()
    of_one_row = fold(at_once, combine(in_order), PARAMETERS)
    of_many = Lessons([], [])
    for _, minute in groupby(in_order, key=lambda one: one.occurred_ms // MINUTE_MS):
        labels, steps = fold(one_by_one, combine(minute), PARAMETERS)
        of_many = Lessons([*of_many.labels, *labels], [*of_many.steps, *steps])
    assert Lessons([*of_one_row.labels], [*of_one_row.steps]) == of_many
    assert at_once == one_by_one


def test_goods_announced_in_a_row_of_months_are_known_until_they_come() -> None:
    day = HORIZON_MINUTES
    log = [
        event(-HOUR, COUNT, 10),
        event(-30, INBOUND, 5, 7 * HOUR),
        event(7 * HOUR, RECEIPT, 5),
        event(60 * day, SALE, 1),
    ]
    labels = fold(SkuState(), combine(log), PARAMETERS).labels
    assert [label.grid - GRID for label in labels[:2]] == [0, 1]
