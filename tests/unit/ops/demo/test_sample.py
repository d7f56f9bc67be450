"""The sample that ships, and moving it in time."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ingest.event_rules import EventRules
from api.ingest.pii import PiiHasher
from ops.demo import sample
from ops.demo.sample import SampleEvent

EVENTS = sample.load()


def test_it_is_small_enough_to_ship() -> None:
    assert sample.FILE.stat().st_size < 2_000_000


def test_it_holds_four_weeks_of_many_shelves() -> None:
    assert 60 <= len(sample.closing_stock(EVENTS)) <= 100
    assert timedelta(days=27) < EVENTS[-1].occurred_at - EVENTS[0].occurred_at <= timedelta(days=28)


def test_events_stand_in_time_order_and_nothing_is_sold_off_an_empty_shelf() -> None:
    stock: dict[sample.Shelf, int] = defaultdict(int)
    last = EVENTS[0].occurred_at
    for event in EVENTS:
        assert event.occurred_at >= last
        last = event.occurred_at
        stock[event.sku, event.warehouse] += sample.SIGN[event.event_type] * event.qty
        assert stock[event.sku, event.warehouse] >= 0, event


def test_every_shelf_is_counted_first_and_once() -> None:
    counted = [(event.sku, event.warehouse) for event in EVENTS if event.event_type == "stock.counted"]
    assert sorted(counted) == sorted(sample.closing_stock(EVENTS))
    assert [(event.sku, event.warehouse) for event in EVENTS[: len(counted)]] == counted


def test_every_receipt_was_announced_for_that_time() -> None:
    announced = {(event.sku, event.warehouse, event.expected_at) for event in EVENTS if event.expected_at}
    receipts = [event for event in EVENTS if event.event_type == "stock.received"]
    assert receipts
    assert all((event.sku, event.warehouse, event.occurred_at) in announced for event in receipts)


def test_stocks_differ_so_that_risks_can() -> None:
    assert len(set(sample.closing_stock(EVENTS).values())) >= 20


@given(last=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_moving_keeps_every_distance_and_ends_when_told(last: datetime) -> None:
    moved = sample.ending_at(EVENTS, last)
    assert moved[-1].occurred_at == last
    for before, after in zip(EVENTS[::500], moved[::500], strict=True):
        assert after.occurred_at - moved[0].occurred_at == before.occurred_at - EVENTS[0].occurred_at
        if before.expected_at is not None and after.expected_at is not None:
            assert after.expected_at - after.occurred_at == before.expected_at - before.occurred_at


@given(size=st.integers(1, 20_000))
def test_batches_are_the_events_in_their_order(size: int) -> None:
    parts = list(sample.batches(EVENTS, size))
    assert [event for part in parts for event in part] == EVENTS
    assert all(len(part) == size for part in parts[:-1])


@pytest.mark.parametrize("kind", sorted(sample.SIGN))
def test_the_gateway_takes_each_kind_of_event(kind: str) -> None:
    tenant = UUID(int=7)
    now = datetime.now(UTC)
    now_ms = int(now.timestamp() * 1000)
    rules = EventRules(tenant, now_ms, now_ms, PiiHasher(b"k" * 32, tenant))
    event = next(event for event in sample.ending_at(EVENTS, now) if event.event_type == kind)
    taken = rules.event(ndjson(event, tenant))
    assert (taken.sku, taken.warehouse, taken.qty) == (event.sku, event.warehouse, event.qty)
    assert taken.occurred_at == int(event.occurred_at.timestamp() * 1000)


def ndjson(event: SampleEvent, tenant: UUID) -> bytes:
    return json.dumps(event.ndjson(str(tenant))).encode()
