"""What happened after an answer: against a plain walk through the events, and by hand."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.backtest.logs import HOUR_MS, Happening, at, happening, happenings, log_of

from backtest.event_columns import MISSING, ints
from backtest.event_log import EventLog
from backtest.outcomes import HORIZON_MS, outcomes, stock_outs
from udfs.combined import MINUTE_MS, EventKind, combine
from udfs.ledger import Ledger

SIGNS = {EventKind.ORDER_CREATED: -1, EventKind.STOCK_INBOUND: 0}


def walked_outs(log: list[Happening]) -> list[int]:
    """Times at which the stock of one shelf fell to 0, one event after the other."""
    stock: int | None = None
    moves = [event for event in log if event.kind is not EventKind.STOCK_INBOUND]
    in_first_minute = [e for e in moves if e.occurred_ms // MINUTE_MS == moves[0].occurred_ms // MINUTE_MS]
    if any(event.kind is EventKind.STOCK_RECEIVED for event in in_first_minute):
        stock = 0
    outs = []
    for event in moves:
        before = stock
        if event.kind is EventKind.STOCK_COUNTED:
            stock = event.qty
        elif stock is not None:
            stock += SIGNS.get(event.kind, 1) * event.qty
        if before is not None and stock is not None and before > 0 >= stock:
            outs.append(event.occurred_ms)
    return outs


@given(st.lists(happenings(), min_size=1))
def test_stock_outs_are_those_of_a_walk_through_the_events(file: list[Happening]) -> None:
    log = log_of(file)
    of_key = defaultdict(list)
    for event in sorted(file, key=lambda event: event.occurred_ms):
        of_key[log.keys.index((event.sku, event.warehouse))].append(event)
    walked = [(key, out) for key in sorted(of_key) for out in walked_outs(of_key[key])]
    found = stock_outs(log)
    assert list(zip(found.key.tolist(), found.at_ms.tolist())) == walked


@given(st.lists(happenings(), min_size=1))
def test_where_the_ledger_runs_empty_there_is_a_stock_out(file: list[Happening]) -> None:
    log = log_of(file)
    outs = stock_outs(log)
    moves = [event for event in file if event.kind is not EventKind.STOCK_INBOUND]
    for key, shelf in enumerate(log.keys):
        ledger, filled = Ledger(), False
        for minute in sorted({event.occurred_ms // MINUTE_MS for event in moves}):
            here = [
                e for e in moves if (e.sku, e.warehouse) == shelf and e.occurred_ms // MINUTE_MS == minute
            ]
            here.sort(key=lambda event: event.occurred_ms)
            for totals in combine(event.stock_event() for event in here).minutes if here else ():
                ledger.apply(totals)
            if filled and ledger.stock <= 0:
                assert ((outs.key == key) & (outs.at_ms // MINUTE_MS == minute)).any()
            filled = ledger.stock_known and ledger.stock > 0


def one_shelf() -> EventLog:
    return log_of(
        [
            happening(EventKind.STOCK_COUNTED, 5, 0),
            happening(EventKind.ORDER_CREATED, 3, 4),
            happening(EventKind.ORDER_CREATED, 2, 30),
            happening(EventKind.STOCK_RECEIVED, 9, 54),
            happening(EventKind.STOCK_COUNTED, 8, 100),
        ]
    )


@pytest.mark.parametrize(
    ("hours", "ran_out_after", "ran_out", "restocked", "known"),
    [
        (0, 30, False, False, True),
        (6, 24, True, False, True),
        (5.999, 24.001, False, False, True),
        (30, None, False, True, True),
        (29.999, 0.001, True, False, True),
        (54, None, False, False, True),
        (76, None, False, False, True),
        (77, None, False, False, False),
    ],
)
def test_what_happened_after_each_hour(
    hours: float, ran_out_after: float | None, ran_out: bool, restocked: bool, known: bool
) -> None:
    log = one_shelf()
    found = outcomes(log, stock_outs(log), ints([0]), ints([at(hours)]))
    wanted = MISSING if ran_out_after is None else at(hours + ran_out_after)
    assert found.ran_out_ms.tolist() == [wanted]
    assert [found.ran_out[0], found.restocked[0], found.known[0]] == [ran_out, restocked, known]


def test_another_shelf_does_not_matter() -> None:
    log = log_of(
        [
            happening(EventKind.STOCK_COUNTED, 5, 0, "mug"),
            happening(EventKind.STOCK_COUNTED, 1, 0, "tea"),
            happening(EventKind.ORDER_CREATED, 1, 1, "tea"),
            happening(EventKind.STOCK_RECEIVED, 1, 2, "tea"),
            happening(EventKind.STOCK_COUNTED, 5, 90, "mug"),
        ]
    )
    found = outcomes(log, stock_outs(log), ints([0, 1]), ints([at(0), at(0)]))
    assert found.ran_out.tolist() == [False, True]
    assert found.restocked.tolist() == [False, True]


def test_what_was_sold_before_the_first_count_is_no_stock_out() -> None:
    log = log_of([happening(EventKind.ORDER_CREATED, 3, 1), happening(EventKind.STOCK_COUNTED, 0, 2)])
    assert len(stock_outs(log)) == 0


def test_goods_that_come_first_make_the_stock_known() -> None:
    log = log_of([happening(EventKind.STOCK_RECEIVED, 3, 1), happening(EventKind.ORDER_CREATED, 3, 2)])
    assert stock_outs(log).at_ms.tolist() == [at(2)]


def test_a_replenished_shop_over_weeks() -> None:
    """A shop that orders on the evening when little is left, and gets it two mornings later: as the truth is made."""
    chance = np.random.default_rng(3)
    stock, due, events, empty_at, received_at = 20, dict[int, int](), [], list[int](), list[int]()
    events.append(happening(EventKind.STOCK_COUNTED, stock, 0))
    for hour in range(1, 24 * 60):
        if hour in due:
            stock += due[hour]
            events.append(happening(EventKind.STOCK_RECEIVED, due.pop(hour), hour))
            received_at.append(hour)
        sold = min(stock, int(chance.poisson(0.3)))
        if sold:
            stock -= sold
            events.append(happening(EventKind.ORDER_CREATED, sold, hour + 0.5))
            if not stock:
                empty_at.append(hour)
        if hour % 24 == 18 and stock < 9 and not due:
            due[hour + 36] = 20
            announced = Happening("tea", "b", EventKind.STOCK_INBOUND, 20, at(hour), at(hour + 36))
            events.append(announced)
    assert len(empty_at) > 5 and len(received_at) > 5
    log = log_of(events)
    grid = range(0, 24 * 58, 6)
    found = outcomes(log, stock_outs(log), ints([0] * len(grid)), ints([at(hour) for hour in grid]))
    for place, hour in enumerate(grid):
        next_empty = next((each + 0.5 for each in empty_at if each + 0.5 > hour), None)
        assert found.ran_out_ms[place] == (MISSING if next_empty is None else at(next_empty))
        assert found.ran_out[place] == (next_empty is not None and next_empty - hour <= 24)
        assert found.restocked[place] == any(hour < each <= hour + 24 for each in received_at)
    assert HORIZON_MS == 24 * HOUR_MS
