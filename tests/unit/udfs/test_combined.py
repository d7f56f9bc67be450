"""The packed row: its bytes, and what the reference fold puts into it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.udfs.histories import FIRST_MINUTE, FIRST_MS, stock_events

from udfs.combined import (
    COUNTED,
    MINUTE_MS,
    VERSION,
    Combined,
    EventKind,
    Inbound,
    StockEvent,
    UnreadableRow,
    combine,
)

GOLDEN = Path(__file__).parent / "golden"


def event(kind: EventKind, qty: int, minute: int = 0, expected_ms: int | None = None) -> StockEvent:
    occurred_ms = FIRST_MS + minute * MINUTE_MS
    return StockEvent(kind, qty, occurred_ms, occurred_ms + 5, expected_ms)


@given(st.lists(stock_events(), min_size=1))
def test_a_row_survives_its_bytes(log: list[StockEvent]) -> None:
    row = combine(log)
    assert Combined.unpack(row.pack()) == row


@given(st.lists(stock_events(), min_size=1))
def test_header_tells_the_newest_event_the_oldest_receipt_and_how_many(log: list[StockEvent]) -> None:
    row = combine(log)
    assert row.newest_occurred_ms == max(e.occurred_ms for e in log)
    assert row.oldest_received_ms == min(e.received_ms for e in log)
    assert row.events == len(log)
    assert [t.minute for t in row.minutes] == sorted({t.minute for t in row.minutes})


def test_layout_is_the_one_that_the_jvm_writes() -> None:
    row = combine(
        [event(EventKind.ORDER_CREATED, 3), event(EventKind.STOCK_INBOUND, 40, expected_ms=FIRST_MS)]
    )
    header = b"\x01" + _long(FIRST_MS) + _long(FIRST_MS + 5) + _int(2) + _int(1) + _int(1)
    minute = _int(FIRST_MINUTE) + b"\0" + b"".join(map(_long, (0, -3, 1, 3, 9, 0)))
    inbound = _int(FIRST_MINUTE) + _long(40) + _int(FIRST_MINUTE)
    assert row.pack() == header + minute + inbound


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("combined_*.json")), ids=lambda path: path.stem)
def test_rows_of_every_version_are_read(path: Path) -> None:
    golden = json.loads(path.read_text())
    row = Combined.unpack(bytes.fromhex(golden["packed"]))
    # as JSON has it: lists for tuples
    assert json.loads(json.dumps(row)) == golden["means"]


def test_there_is_a_golden_row_of_every_version() -> None:
    assert {path.stem for path in GOLDEN.glob("combined_*.json")} == {
        f"combined_{version}" for version in range(1, VERSION + 1)
    }


def _int(number: int) -> bytes:
    return number.to_bytes(4, "little", signed=True)


def _long(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=True)


def test_a_count_starts_the_minute_again_but_keeps_its_demand() -> None:
    row = combine(
        [
            event(EventKind.ORDER_CREATED, 4),
            event(EventKind.STOCK_COUNTED, 50),
            event(EventKind.ORDER_CREATED, 2),
            event(EventKind.STOCK_RECEIVED, 10),
        ]
    )
    (totals,) = row.minutes
    assert (totals.flags, totals.base, totals.delta) == (COUNTED, 50, 8)
    assert (totals.orders, totals.units, totals.squares, totals.received) == (2, 6, 20, 10)


def test_a_cancellation_takes_its_order_out_of_stock_and_demand() -> None:
    (totals,) = combine([event(EventKind.ORDER_CREATED, 4), event(EventKind.ORDER_CANCELLED, 4)]).minutes
    assert totals == (FIRST_MINUTE, 0, 0, 0, 0, 0, 0, 0)


def test_a_return_moves_stock_and_not_demand() -> None:
    (totals,) = combine([event(EventKind.RETURN_RECEIVED, 4)]).minutes
    assert (totals.delta, totals.orders, totals.units, totals.received) == (4, 0, 0, 0)


def test_an_inbound_order_moves_nothing_yet() -> None:
    row = combine([event(EventKind.STOCK_INBOUND, 40, expected_ms=FIRST_MS + 90_000)])
    assert row.minutes == ()
    assert row.inbound == (Inbound(FIRST_MINUTE, 40, FIRST_MINUTE + 1),)


def test_an_inbound_order_without_a_date_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        combine([event(EventKind.STOCK_INBOUND, 40)])


def test_no_events_make_no_row() -> None:
    with pytest.raises(ValueError, match="at least one"):
        combine([])


@pytest.mark.parametrize(
    "damage",
    [
        lambda row: b"",
        lambda row: b"\x02" + row[1:],
        lambda row: row[:-1],
        lambda row: row + b"\0",
        lambda row: row[:10],
    ],
    ids=["empty", "other version", "cut short", "too long", "half a header"],
)
def test_damaged_bytes_are_named(damage: Callable[[bytes], bytes]) -> None:
    row = combine([event(EventKind.ORDER_CREATED, 3)]).pack()
    with pytest.raises(UnreadableRow):
        Combined.unpack(damage(row))
