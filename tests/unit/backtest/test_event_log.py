"""A log by grid hour: the same rows as the reference fold makes of the same events."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.backtest.logs import HOUR_MS, Happening, at, happening, happenings, log_of

from udfs.combined import EventKind, combine


@given(st.lists(happenings(), min_size=1), st.sampled_from((1, 6, 24)))
def test_rows_are_those_of_the_reference_fold(file: list[Happening], every_hours: int) -> None:
    log = log_of(file)
    previous_ms = 0
    for step in log.steps(every_hours * HOUR_MS):
        assert step.rows == _reference(file, log.keys, previous_ms, step.at_ms)
        previous_ms = step.at_ms


def _reference(
    file: list[Happening], keys: list[tuple[str, str]], after_ms: int, until_ms: int
) -> list[object]:
    seen = defaultdict(list)
    for event in sorted(file, key=lambda event: event.occurred_ms):
        if after_ms < event.occurred_ms <= until_ms:
            seen[keys.index((event.sku, event.warehouse))].append(event.stock_event())
    return [(key, combine(seen[key])) for key in sorted(seen)]


@given(st.lists(happenings(), min_size=1), st.sampled_from((1, 6, 24)))
def test_every_grid_hour_of_the_log_has_a_step(file: list[Happening], every_hours: int) -> None:
    log, every_ms = log_of(file), every_hours * HOUR_MS
    wanted = [ms for ms in range(at(0), at(61), every_ms) if log.first_ms <= ms <= log.last_ms]
    assert [step.at_ms for step in log.steps(every_ms)] == wanted


def test_an_event_at_the_grid_hour_is_seen_then_and_a_later_one_is_not() -> None:
    log = log_of([happening(EventKind.STOCK_COUNTED, 9, hours) for hours in (0, 6, 6.001, 12)])
    counts = [sum(row.events for _, row in step.rows) for step in log.steps(6 * HOUR_MS)]
    assert counts == [1, 1, 2]


def test_at_one_instant_the_order_of_the_file_holds() -> None:
    counted = happening(EventKind.STOCK_COUNTED, 9, 1)
    sold = happening(EventKind.ORDER_CREATED, 2, 1)
    later = happening(EventKind.ORDER_CREATED, 1, 6)
    (first,) = log_of([later, counted, sold]).steps(6 * HOUR_MS)
    (second,) = log_of([later, sold, counted]).steps(6 * HOUR_MS)
    assert [row.minutes[0].delta for _, row in first.rows + second.rows] == [-2, 0]


def test_keys_are_sorted_whatever_comes_first() -> None:
    log = log_of(
        [
            happening(EventKind.STOCK_COUNTED, 1, 0, "tea", "b"),
            happening(EventKind.STOCK_COUNTED, 2, 1, "mug", "b"),
            happening(EventKind.STOCK_COUNTED, 3, 2, "tea", "a"),
        ]
    )
    assert log.keys == [("mug", "b"), ("tea", "a"), ("tea", "b")]
    assert log.key.tolist() == [2, 0, 1]
    assert log.events == 3


@pytest.mark.parametrize("hours", [(1, 5), (0.5,)])
def test_a_log_between_two_grid_hours_has_no_step(hours: tuple[float, ...]) -> None:
    log = log_of([happening(EventKind.STOCK_COUNTED, 1, hour) for hour in hours])
    assert list(log.steps(6 * HOUR_MS)) == []
