"""What the trials of faults hold the stack to."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from recovery.oracle import COUNTED, SIGNS, Event, alerts_of, stock_of

from udfs.combined import EventKind, StockEvent, combine
from udfs.ledger import Ledger

EVENTS = st.lists(
    st.builds(
        Event.new, st.sampled_from([COUNTED, *SIGNS]), st.sampled_from(["A", "B"]), st.integers(1, 1_000)
    )
)


def ledger_of(events: Sequence[Event], sku: str) -> int:
    ledger = Ledger()
    log = [StockEvent(EventKind(each.kind), each.qty, 0, 0) for each in events if each.sku == sku]
    for totals in combine(log).minutes:
        ledger.apply(totals)
    return ledger.stock


@given(EVENTS)
def test_it_and_the_ledger_of_the_stream_know_the_same_stock(events: list[Event]) -> None:
    assert stock_of(events) == {sku: ledger_of(events, sku) for sku in {event.sku for event in events}}


@given(EVENTS.filter(bool), st.data())
def test_an_event_lost_or_doubled_shows(events: list[Event], data: st.DataObject) -> None:
    last_counts = {event.sku: at for at, event in enumerate(events) if event.kind == COUNTED}
    # what comes before a count, and a count itself told twice, changes nothing, and should not
    free = [
        at for at, event in enumerate(events) if event.kind != COUNTED and at > last_counts.get(event.sku, -1)
    ]
    if not free:
        return
    at = data.draw(st.sampled_from(free))
    assert stock_of(events[:at] + events[at + 1 :]) != stock_of(events)
    assert stock_of(events[: at + 1] + events[at:]) != stock_of(events)


def test_a_shelf_that_is_empty_has_one_alert_which_ends_when_it_is_filled() -> None:
    events = [
        Event.new(COUNTED, "FULL", 9),
        Event.new("stock.received", "FULL", 9),
        Event.new(COUNTED, "OUT", 0),
        Event.new(COUNTED, "FILLED", 0),
        Event.new("stock.received", "FILLED", 500),
    ]
    assert alerts_of(events) == {"OUT": ("raised",), "FILLED": ("raised", "resolved")}
