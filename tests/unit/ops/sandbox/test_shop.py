"""The sandbox's shop: the same for the same seed, and as a shop can be."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.demo import sample
from ops.demo.sample import SIGN, SampleEvent
from ops.sandbox.shop import MINUTE, Shop

OPENS_AT = datetime(2026, 11, 25, tzinfo=UTC)
HISTORY = sample.ending_at(sample.load(), OPENS_AT)


def minutes(shop: Shop, count: int) -> list[SampleEvent]:
    return [*chain.from_iterable(shop.next_minute() for _ in range(count))]


@pytest.fixture(scope="module")
def day() -> list[SampleEvent]:
    """All that happens from midnight to midnight."""
    return minutes(Shop(HISTORY, OPENS_AT, 20261125), 24 * 60)


@given(st.integers(0, 2**31), st.integers(1, 90))
def test_the_same_seed_gives_the_same_shop(seed: int, count: int) -> None:
    assert minutes(Shop(HISTORY, OPENS_AT, seed), count) == minutes(Shop(HISTORY, OPENS_AT, seed), count)


@given(st.integers(0, 2**31))
def test_every_event_is_of_its_minute_and_stock_is_never_below_nothing(seed: int) -> None:
    shop, stock = Shop(HISTORY, OPENS_AT, seed), dict(sample.closing_stock(HISTORY))
    for number in range(30):
        begins = OPENS_AT + number * MINUTE
        assert shop.now == begins
        for event in shop.next_minute():
            assert begins <= event.occurred_at < begins + MINUTE
            stock[event.sku, event.warehouse] += SIGN[event.event_type] * event.qty
        assert stock == {shelf: shop.stock(shelf) for shelf in stock}
        assert min(stock.values()) >= 0


def test_a_day_sells_at_the_pace_of_the_history(day: list[SampleEvent]) -> None:
    kinds = Counter(event.event_type for event in day)
    a_day = sum(event.qty for event in HISTORY if event.event_type == "order.created") / 28
    # what ran out cannot be sold
    assert 0.6 * a_day < kinds["order.created"] < 1.2 * a_day
    assert kinds["stock.inbound"] >= kinds["stock.received"] > 0


def test_goods_come_after_they_were_announced_and_about_when(day: list[SampleEvent]) -> None:
    expected: dict[tuple[str, str], datetime] = {}
    for event in day:
        shelf = (event.sku, event.warehouse)
        if event.event_type == "stock.inbound":
            assert event.expected_at is not None and shelf not in expected
            expected[shelf] = event.expected_at
        elif event.event_type == "stock.received":
            assert abs(event.occurred_at - expected.pop(shelf)) < timedelta(hours=3, minutes=2)


def test_two_days_differ(day: list[SampleEvent]) -> None:
    assert minutes(Shop(HISTORY, OPENS_AT, 20261126), 24 * 60) != day


def test_event_numbers_go_on_from_the_history(day: list[SampleEvent]) -> None:
    numbers = [event.number for event in day]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) == HISTORY[-1].number + 1
